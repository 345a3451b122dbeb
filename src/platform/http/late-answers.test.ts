import { connect, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { makeLog } from '#platform/log.ts'
import { listenLocally } from '#test/support/live.ts'
import type { Awaited } from './late-answers.ts'
import { makeServer, type Server } from './server.ts'

/** A request that waits, and whether its client is still there. */
class Waiting implements Awaited {
  readonly end: () => void
  left = false
  constructor(end: () => void) {
    this.end = end
  }
  leave() {
    this.left = true
  }
}

let server: Server
let port = 0
/** Let go of; those that the route itself waits for stand in `here`. */
let alone: Waiting[] = []
let here: Waiting[] = []
let sockets: Socket[] = []

beforeEach(async () => {
  server = await makeServer({
    log: makeLog('silent'),
    trustedProxies: [],
    baseUrl: null,
    corsOrigins: [],
    headers: { 'x-content-type-options': 'nosniff' },
    pages: null,
    answerUnreadable: () => {},
  })
  server.get<{ Params: { name: string } }>(
    '/:name',
    { config: { waitsBy: 'wait' } },
    async (request, reply) => {
      const { name } = request.params
      if (request.awaited) return { late: name, host: request.headers.host }
      // As every route that looks something up first.
      await setImmediate()
      if (!request.url.includes('wait') || name === 'quick') return { now: name }
      let resume: (() => void) | null = null
      const waiting = new Waiting(() => resume?.())
      resume = reply.letGo(waiting)
      if (resume) {
        alone.push(waiting)
        return reply
      }
      await new Promise<void>((then) => here.push(new Waiting(then)))
      return { here: name }
    },
  )
  port = Number(new URL(await listenLocally(server)).port)
})

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  ;[alone, here, sockets] = [[], [], []]
  await server.close()
})

/** A client that says what it is told and keeps what it hears. */
function client() {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  const client = { heard: '', isClosed: false, socket, send: (text: string) => socket.write(text) }
  socket.on('data', (chunk) => {
    client.heard += chunk.toString()
  })
  socket.on('close', () => {
    client.isClosed = true
  })
  socket.on('error', () => {})
  return client
}

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nhost: here\r\n${more}\r\n`
const bodies = ({ heard }: { heard: string }) => heard.match(/\{.*?\}/g) ?? []
const until = (look: () => void) => vi.waitFor(look, { timeout: 5000, interval: 5 })
const waits = (count: number, list = () => alone) => until(() => expect(list()).toHaveLength(count))

describe('a request that waits', () => {
  test('comes to its route a second time, and is answered like any other', async () => {
    const one = client()
    one.send(get('/a?wait=1'))
    await waits(1)
    expect(one.heard).toBe('')
    alone[0]?.end()
    await until(() => expect(bodies(one)).toEqual(['{"late":"a","host":"here"}']))
    expect(one.heard).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(one.heard).toContain('x-content-type-options: nosniff')
  })

  test('gives its connection to the next ones, that wait or not', async () => {
    const one = client()
    for (let round = 0; round < 3; round++) {
      one.send(get(`/a${round}?wait=1`))
      await waits(round + 1)
      alone[round]?.end()
      await until(() => expect(bodies(one)).toHaveLength(round * 2 + 1))
      one.send(get(`/b${round}`))
      await until(() => expect(bodies(one)).toHaveLength(round * 2 + 2))
    }
    expect(bodies(one).filter((body) => body.startsWith('{"late"'))).toHaveLength(3)
    expect(bodies(one).filter((body) => body.startsWith('{"now"'))).toHaveLength(3)
  })

  test('is answered before what the client asks meanwhile, also in pieces', async () => {
    const one = client()
    one.send(get('/a?wait=1'))
    await waits(1)
    one.send('GET /b HT')
    one.send('TP/1.1\r\nho')
    await new Promise((resolve) => setTimeout(resolve, 30))
    alone[0]?.end()
    await until(() => expect(bodies(one)).toHaveLength(1))
    one.send('st: here\r\n\r\n')
    await until(() => expect(bodies(one)).toEqual(['{"late":"a","host":"here"}', '{"now":"b"}']))
  })

  test('need not wait: what is there at once goes out, and the connection stays', async () => {
    const one = client()
    one.send(get('/quick?wait=1'))
    await until(() => expect(bodies(one)).toEqual(['{"now":"quick"}']))
    one.send(get('/b'))
    await until(() => expect(bodies(one).at(-1)).toBe('{"now":"b"}'))
  })

  test('is left by a client that goes away, or that will say nothing more', async () => {
    const [one, two] = [client(), client()]
    for (const each of [one, two]) each.send(get('/a?wait=1'))
    await waits(2)
    one.socket.destroy()
    two.socket.end()
    await until(() => expect(alone.map(({ left }) => left)).toEqual([true, true]))
    for (const each of alone) each.end()
    await until(() => expect(two.isClosed).toBe(true))
    expect([one.heard, two.heard]).toEqual(['', ''])
  })

  test('ends its connection where the client talks on and on', async () => {
    const one = client()
    one.send(get('/a?wait=1'))
    await waits(1)
    one.send('x'.repeat(200_000))
    await until(() => expect(one.isClosed).toBe(true))
    expect(alone[0]?.left).toBe(true)
  })
})

describe('a request that Node does not give away waits in its route', () => {
  test('sent in one go with others: answers come in order', async () => {
    const one = client()
    one.send(get('/a?wait=1') + get('/b?wait=1') + get('/c'))
    await waits(2, () => here)
    for (const each of here.reverse()) each.end()
    await until(() => expect(bodies(one)).toEqual(['{"here":"a"}', '{"here":"b"}', '{"now":"c"}']))
    expect(alone).toEqual([])
  })

  test('sent with the beginning of the next one: nothing of it is lost', async () => {
    const one = client()
    one.send(`${get('/a?wait=1')}GET /b HT`)
    await waits(1, () => here)
    one.send('TP/1.1\r\nhost: here\r\n\r\n')
    here[0]?.end()
    await until(() => expect(bodies(one)).toEqual(['{"here":"a"}', '{"now":"b"}']))
  })

  test.each([
    ['that closes its connection', get('/a?wait=1', 'connection: close\r\n')],
    ['of HTTP/1.0', 'GET /a?wait=1 HTTP/1.0\r\n\r\n'],
  ])('%s', async (_name, text) => {
    const one = client()
    one.send(text)
    await waits(1, () => here)
    here[0]?.end()
    await until(() => expect(one.isClosed).toBe(true))
    expect(bodies(one)).toEqual(['{"here":"a"}'])
  })

  test('with a body', async () => {
    const one = client()
    one.send(get('/a?wait=1', 'content-length: 4\r\n'))
    one.send('body')
    await waits(1, () => here)
    here[0]?.end()
    await until(() => expect(bodies(one)).toEqual(['{"here":"a"}']))
    one.send(get('/b'))
    await until(() => expect(bodies(one).at(-1)).toBe('{"now":"b"}'))
  })
})

test('a server that closes answers who waits and keeps nobody', async () => {
  const [idle, waiting] = [client(), client()]
  idle.send(get('/a?wait=1'))
  await waits(1)
  alone[0]?.end()
  await until(() => expect(bodies(idle)).toHaveLength(1))
  waiting.send(get('/b?wait=1'))
  await waits(2)
  const closed = server.close()
  await until(() => expect(idle.isClosed).toBe(true))
  alone[1]?.end()
  await closed
  await until(() => expect(waiting.isClosed).toBe(true))
  expect(bodies(waiting)).toEqual(['{"late":"b","host":"here"}'])
})
