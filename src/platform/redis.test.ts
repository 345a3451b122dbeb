import { once } from 'node:events'
import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { openRedis } from './redis.ts'

test('a refused password is not among what is told of the refusal', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', () => socket.write('-WRONGPASS invalid username-password pair\r\n'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const told = Promise.withResolvers<Error>()
  const redis = openRedis(`redis://:plum-blossom@127.0.0.1:${port}`, told.resolve)
  try {
    const error = await told.promise
    expect(error.message).toContain('WRONGPASS')
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('plum-blossom')
  } finally {
    redis.disconnect()
    server.close()
  }
})
