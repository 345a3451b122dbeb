import { once } from 'node:events'
import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { expect, inject, test } from 'vitest'
import { startRedis } from '#test/support/redis.ts'
import { openRedis } from './redis.ts'

test.skipIf(inject('redisUrl') === null)(
  'a Redis that stays away is told of once, and when it is back',
  async () => {
    const gone = createServer().listen(0, '127.0.0.1')
    await once(gone, 'listening')
    const address = gone.address()
    const port = typeof address === 'object' && address ? address.port : 0
    gone.close()
    await once(gone, 'close')
    const told: string[] = []
    const back = Promise.withResolvers<void>()
    const redis = openRedis(`redis://127.0.0.1:${port}`, (error) => told.push(error.message), back.resolve)
    try {
      let tries = 0
      await new Promise<void>((resolve) => {
        redis.on('reconnecting', () => ++tries === 3 && resolve())
      })
      expect(told).toEqual([expect.stringContaining('ECONNREFUSED')])
      const there = await startRedis(port)
      await back.promise
      there.child.kill('SIGKILL')
      expect(told).toHaveLength(1)
    } finally {
      redis.disconnect()
    }
  },
)

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
