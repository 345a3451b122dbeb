import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'

export type Message = { topic: string; data: unknown }
export type Hear = (data: unknown) => void

/**
 * Tells every process of the site, this one first. What it carries may be lost (a bell, a thing to drop from a cache):
 * PostgreSQL is the record, and who listens looks again when `onGap` says that something may have passed unheard.
 */
export type Bus = {
  /** `data` must survive JSON. Listeners of this process hear it before `publish` returns. */
  publish: (topic: string, data: unknown) => void
  subscribe: (topic: string, hear: Hear) => Disposable
  /** Whether anybody may listen to a topic: what is said to nobody need not be looked up. Of other processes nobody knows. */
  mayHear: (topic: string) => boolean
  /** Called after the connection to the other processes was away. */
  onGap: (look: () => void) => Disposable
  /** Called when the connection to the other processes is lost: from now on nothing of theirs is heard. */
  onAway: (look: () => void) => Disposable
  /** Whether the other processes are heard and hear this one. */
  isUp: () => boolean
} & Disposable

class Listeners {
  readonly #byTopic = new Map<string, Set<Hear>>()
  readonly #onGap = new Set<() => void>()
  readonly #onAway = new Set<() => void>()

  add(topic: string, hear: Hear): Disposable {
    const known = this.#byTopic.get(topic) ?? new Set()
    this.#byTopic.set(topic, known.add(hear))
    return {
      [Symbol.dispose]: () => {
        known.delete(hear)
        if (known.size === 0 && this.#byTopic.get(topic) === known) this.#byTopic.delete(topic)
      },
    }
  }

  addGap(look: () => void): Disposable {
    this.#onGap.add(look)
    return { [Symbol.dispose]: () => void this.#onGap.delete(look) }
  }

  addAway(look: () => void): Disposable {
    this.#onAway.add(look)
    return { [Symbol.dispose]: () => void this.#onAway.delete(look) }
  }

  has(topic: string): boolean {
    return this.#byTopic.has(topic)
  }

  tell({ topic, data }: Message): void {
    for (const hear of this.#byTopic.get(topic) ?? []) hear(data)
  }

  gap(): void {
    for (const look of this.#onGap) look()
  }

  away(): void {
    for (const look of this.#onAway) look()
  }
}

/** For one process: nobody else to tell. */
export function memoryBus(): Bus {
  const listeners = new Listeners()
  return {
    publish: (topic, data) => listeners.tell({ topic, data }),
    subscribe: (topic, hear) => listeners.add(topic, hear),
    mayHear: (topic) => listeners.has(topic),
    onGap: (look) => listeners.addGap(look),
    onAway: (look) => listeners.addAway(look),
    isUp: () => true,
    [Symbol.dispose]: () => {},
  }
}

const channel = 'madang:bus'
/** So many messages wait while Redis is away; of more the oldest are forgotten, and `onGap` tells when it is back. */
const mostWaiting = 1000
/** Tells the others that messages of this process were forgotten. */
const gapTopic = 'gap'

export type BusWatch = {
  /** After each try: how many messages still wait. */
  onWaiting?: (waiting: number) => void
  /** A message will never be sent. */
  onForgotten?: () => void
}

/** What waits to be sent to the other processes, in order. */
class Outbox {
  readonly #waiting: string[] = []
  readonly #redis: Redis
  readonly #watch: BusWatch
  readonly #gap: string
  #sending = 0
  #hasForgotten = false
  /** `gap`: what the others are told first when messages were forgotten. */
  constructor(redis: Redis, watch: BusWatch, gap: string) {
    this.#redis = redis
    this.#watch = watch
    this.#gap = gap
  }

  put(text: string): void {
    if (this.#waiting.length >= mostWaiting) {
      // What is on its way stands in front.
      this.#waiting.splice(this.#sending, 1)
      this.#hasForgotten = true
      this.#watch.onForgotten?.()
    }
    this.#waiting.push(text)
    void this.flush()
  }

  /** What could not be sent waits for the next call. */
  async flush(): Promise<void> {
    if (this.#sending > 0) return
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting.slice(0, 100)
        this.#sending = batch.length
        const sent = this.#redis.pipeline()
        const tellsGap = this.#hasForgotten
        if (tellsGap) sent.publish(channel, this.#gap)
        for (const text of batch) sent.publish(channel, text)
        const results = await sent.exec()
        if (!results || results.some(([error]) => error)) break
        this.#waiting.splice(0, batch.length)
        if (tellsGap) this.#hasForgotten = false
      }
    } catch {
      // Redis is away.
    } finally {
      this.#sending = 0
      this.#watch.onWaiting?.(this.#waiting.length)
    }
  }
}

/** For several processes, over one channel: one subscription a process. `redis` sends; a copy of it listens. */
export function redisBus(redis: Redis, watch: BusWatch = {}): Bus {
  const listeners = new Listeners()
  const self = randomUUID()
  const outbox = new Outbox(redis, watch, JSON.stringify({ from: self, topic: gapTopic }))
  const listening = redis.duplicate({ enableOfflineQueue: true, maxRetriesPerRequest: null })
  listening.on('error', () => {})
  let isHearing = false
  let wasReady = false
  listening.on('ready', () => {
    isHearing = true
    if (wasReady) listeners.gap()
    wasReady = true
  })
  listening.on('close', () => {
    if (isHearing) listeners.away()
    isHearing = false
  })
  redis.on('ready', () => void outbox.flush())
  // Who is not answered may not be told either, though the other connection still stands.
  redis.on('close', () => {
    if (isHearing) listeners.away()
  })
  listening.on('message', (_channel: string, text: string) => {
    const message = messageOf(text)
    if (!message || message.from === self) return
    if (message.topic === gapTopic) listeners.gap()
    else listeners.tell(message)
  })
  listening.subscribe(channel).catch(() => {})
  return {
    publish: (topic, data) => {
      listeners.tell({ topic, data })
      outbox.put(JSON.stringify({ from: self, topic, data }))
    },
    subscribe: (topic, hear) => listeners.add(topic, hear),
    mayHear: () => true,
    onGap: (look) => listeners.addGap(look),
    onAway: (look) => listeners.addAway(look),
    isUp: () => isHearing && redis.status === 'ready',
    [Symbol.dispose]: () => listening.disconnect(),
  }
}

function messageOf(text: string): (Message & { from: string }) | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('topic' in value) || !('from' in value)) return null
    if (typeof value.topic !== 'string' || typeof value.from !== 'string') return null
    return { topic: value.topic, from: value.from, data: 'data' in value ? value.data : null }
  } catch {
    return null
  }
}
