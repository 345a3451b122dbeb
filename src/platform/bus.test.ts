import { connect, createServer, type Socket } from 'node:net'
import { Redis } from 'ioredis'
import { describe, expect, inject, test, vi } from 'vitest'
import { memoryBus, redisBus } from './bus.ts'
import { openRedis } from './redis.ts'

const url = inject('redisUrl')

test('who listens to a topic hears it at once, until it stops listening', () => {
  using bus = memoryBus()
  const heard: unknown[] = []
  const ear = bus.subscribe('a', (data) => heard.push(data))
  bus.publish('a', 1)
  bus.publish('b', 2)
  expect(heard).toEqual([1])
  ear[Symbol.dispose]()
  bus.publish('a', 3)
  expect(heard).toEqual([1])
})

describe.skipIf(!url)('over Redis', () => {
  const open = () => openRedis(url ?? '', () => {})

  test('another process hears what is told, in order; the teller hears it once', async () => {
    const [first, second] = [open(), open()]
    using one = redisBus(first)
    using other = redisBus(second)
    const heard: { one: unknown[]; other: unknown[] } = { one: [], other: [] }
    one.subscribe('t', (data) => heard.one.push(data))
    other.subscribe('t', (data) => heard.other.push(data))
    await vi.waitFor(() => {
      one.publish('t', 'ready?')
      expect(heard.other).not.toEqual([])
    })
    heard.other.length = 0
    heard.one.length = 0
    const numbers = Array.from({ length: 500 }, (_, i) => i)
    for (const number of numbers) one.publish('t', number)
    await vi.waitFor(() => expect(heard.other.filter((data) => data !== 'ready?')).toEqual(numbers))
    expect(heard.one).toEqual(numbers)
    first.disconnect()
    second.disconnect()
  })

  test('a connection that was cut comes back, and listeners are told to look for what they missed', async () => {
    const [first, second] = [open(), open()]
    using one = redisBus(first)
    using other = redisBus(second)
    const heard: unknown[] = []
    let gaps = 0
    other.subscribe('t', (data) => heard.push(data))
    one.onGap(() => gaps++)
    await vi.waitFor(() => {
      one.publish('t', 'ready?')
      expect(heard).not.toEqual([])
    })
    const admin = new Redis(url ?? '')
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await vi.waitFor(() => expect(gaps).toBe(1), 5000)
    await vi.waitFor(() => {
      one.publish('t', 'after')
      expect(heard).toContain('after')
    }, 5000)
    admin.disconnect()
    first.disconnect()
    second.disconnect()
  })

  test('a Redis that hangs is held for away, and is back when it answers again', async () => {
    const { hostname, port } = new URL(url ?? '')
    const sockets: Socket[] = []
    const between = createServer((near) => {
      const far = connect(Number(port), hostname)
      for (const socket of [near, far]) socket.on('error', () => {})
      near.pipe(far).pipe(near)
      sockets.push(near, far)
      if (isHung) for (const socket of [near, far]) socket.pause()
    })
    let isHung = false
    await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve))
    const address = between.address()
    const redis = openRedis(`redis://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, () => {})
    using bus = redisBus(redis)
    let away = 0
    bus.onAway(() => away++)
    await vi.waitFor(() => expect(bus.isUp()).toBe(true))
    isHung = true
    for (const socket of sockets) socket.pause()
    bus.publish('t', 1)
    await vi.waitFor(() => expect([bus.isUp(), away]).toEqual([false, 1]), 4000)
    isHung = false
    for (const socket of sockets) socket.resume()
    await vi.waitFor(() => expect(bus.isUp()).toBe(true), 6000)
    redis.disconnect()
    between.close()
    for (const socket of sockets) socket.destroy()
  })
})
