import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isPublic, safeFetch } from './safe-fetch.ts'

const answers: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
  '/text': (_request, response) => response.end('hello'),
  '/packed': (_request, response) => {
    response.setHeader('content-encoding', 'gzip')
    response.end(gzipSync('hello'))
  },
  '/bomb': (_request, response) => {
    response.setHeader('content-encoding', 'gzip')
    response.end(gzipSync(Buffer.alloc(5_000_000)))
  },
  '/circle': (_request, response) => response.writeHead(302, { location: '/circle' }).end(),
  '/away': (_request, response) => response.writeHead(302, { location: `http://[::1]:${port}/text` }).end(),
  '/scheme': (_request, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  '/silent': () => {},
  '/slow': (_request, response) => {
    response.write('a')
  },
  '/busy': (_request, response) => response.writeHead(429, { 'retry-after': '7' }).end(),
}
const server = createServer((request, response) => answers[request.url ?? '']?.(request, response))
let port = 0

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  port = typeof address === 'object' && address ? address.port : 0
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const fetchHere = (path: string, options = {}) =>
  safeFetch(`http://127.0.0.1:${port}${path}`, { allowPrivate: true, timeoutMs: 2000, ...options })

describe('what may be fetched', () => {
  test('an address of the machine only where the operator typed it', async () => {
    expect(await fetchHere('/text')).toMatchObject({ ok: true, status: 200, body: Buffer.from('hello') })
    expect(await fetchHere('/text', { allowPrivate: false })).toMatchObject({
      ok: false,
      reason: 'not-public',
    })
  })

  test('a name that leads to the machine is refused when it is connected to', async () => {
    const resolve = async () => ['127.0.0.1']
    const address = `http://community.example:${port}/text`
    expect(await safeFetch(address, { resolve })).toMatchObject({ ok: false, reason: 'not-public' })
    expect(await safeFetch(address, { resolve, allowPrivate: true })).toMatchObject({ ok: true, status: 200 })
  })

  test('a redirect to another private host is refused, to a file too', async () => {
    expect(await fetchHere('/away')).toMatchObject({ ok: false, reason: 'not-public' })
    expect(await fetchHere('/scheme')).toMatchObject({ ok: false, reason: 'bad-address' })
  })

  test.each(['file:///etc/passwd', 'ftp://example.com', 'nonsense', 'http://user:pass@example.com/'])(
    '%s is refused',
    async (address) => {
      expect(await safeFetch(address)).toMatchObject({ ok: false, reason: 'bad-address' })
    },
  )

  test.each([
    'http://0x7f000001/',
    'http://2130706433/',
    'http://127.1/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::1]/',
    'http://169.254.169.254/',
  ])('the disguise %s is seen through', async (address) => {
    expect(await safeFetch(address)).toMatchObject({ ok: false, reason: 'not-public' })
  })
})

describe('limits', () => {
  test('packed answers are unpacked, within the limit', async () => {
    expect(await fetchHere('/packed')).toMatchObject({ ok: true, body: Buffer.from('hello') })
    expect(await fetchHere('/bomb', { maxBytes: 100_000 })).toMatchObject({ ok: false, reason: 'too-large' })
  })

  test('redirects end', async () => {
    expect(await fetchHere('/circle')).toMatchObject({ ok: false, reason: 'too-many-redirects' })
  })

  test.each(['/silent', '/slow'])(
    'an answer that does not come or does not end is given up: %s',
    async (path) => {
      expect(await fetchHere(path, { timeoutMs: 150 })).toMatchObject({ ok: false, reason: 'timeout' })
    },
  )

  test('it can be stopped', async () => {
    expect(await fetchHere('/silent', { signal: AbortSignal.timeout(50) })).toMatchObject({
      ok: false,
      reason: 'stopped',
    })
  })

  test('a status is an outcome, with its headers', async () => {
    expect(await fetchHere('/busy')).toMatchObject({ ok: true, status: 429, headers: { 'retry-after': '7' } })
  })
})

test.each([
  ['8.8.8.8', true],
  ['10.1.2.3', false],
  ['100.64.0.1', false],
  ['172.31.255.255', false],
  ['172.32.0.1', true],
  ['192.168.0.1', false],
  ['0.0.0.0', false],
  ['255.255.255.255', false],
  ['2606:4700::1111', true],
  ['::1', false],
  ['fe80::1', false],
  ['fd00::1', false],
  ['::ffff:10.0.0.1', false],
  ['64:ff9b::a00:1', false],
  ['2002:7f00:1::', false],
  ['no address', false],
])('%s is public: %s', (address, expected) => {
  expect(isPublic(address)).toBe(expected)
})
