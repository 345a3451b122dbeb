import { Agent, request } from 'node:http'
import { expect, test } from 'vitest'
import { makeLog } from '#platform/log.ts'
import { makeServer } from './server.ts'

test('a server that closes finishes what runs, and keeps no connection that is done', async () => {
  const begun = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  const server = await makeServer({
    log: makeLog('silent'),
    trustedProxies: [],
    baseUrl: null,
    corsOrigins: [],
    headers: {},
    pages: null,
    answerUnreadable: () => {},
  })
  server.get('/', async () => {
    begun.resolve()
    await go.promise
    return { done: true }
  })
  const address = await server.listen({ port: 0, host: '127.0.0.1' })
  const agent = new Agent({ keepAlive: true })
  const answered = new Promise<number | undefined>((resolve, reject) => {
    const asked = request(address, { agent }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode))
    })
    asked.on('error', reject).end()
  })
  await begun.promise
  const closed = server.close()
  // Idle connections go at once; this one was busy then.
  setTimeout(go.resolve, 50)
  expect(await answered).toBe(200)
  const late = Promise.withResolvers<string>()
  const timer = setTimeout(() => late.resolve('still open'), 2000)
  expect(await Promise.race([closed.then(() => 'closed'), late.promise])).toBe('closed')
  clearTimeout(timer)
  agent.destroy()
})
