import { property } from './api.ts'

/** How a turn of asking went: `over` when what was asked for is not there any more, or not ours to see. */
export type Polled = 'answered' | 'lost' | 'over'

/** Something on the page that follows a topic of the live connection. */
export type Following = {
  topic: string
  /** What it asks for each time the connection is made: where it stands by then. */
  cursor?: () => { after: number; changes: number }
  hear: (news: unknown) => void
  /** It is over: not there any more, not ours to see, or the session has ended. */
  ended?: (why: 'gone' | 'signed-out') => void
  /** One turn of asking by long poll, for where sockets do not get through. */
  poll?: (signal: AbortSignal) => Promise<Polled>
  /** The connection came or went. */
  changed?: (isUp: boolean) => void
  /** Asks for what may have been missed: after the connection was away, and now and then where there is none. */
  look?: () => void
}

/** Milliseconds. */
const firstPause = 1000
const longestPause = 30_000
const beat = 25_000
const patience = 10_000
const lookEvery = 30_000
/** So many tries that never opened, and sockets seem not to get through here. */
const hopeless = 3

/** From 0 to 1. */
export function chance(): number {
  return (crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) / 255
}

/** The page's one connection: made when something wants to follow, made again whenever it is lost. */
class Live {
  readonly #followers = new Set<Following>()
  #socket: WebSocket | null = null
  #pause = firstPause
  #failures = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #beating: ReturnType<typeof setInterval> | undefined
  #looking: ReturnType<typeof setInterval> | undefined
  #wasAway = false
  #heardAt = 0
  #isOver = false
  #polling: AbortController | null = null
  /** Whether polls get through: then the connection is not missed. */
  #isPolled = false

  follow(following: Following): () => void {
    this.#followers.add(following)
    if (this.isUp) this.#ask(following)
    else this.#connect()
    return () => {
      this.#followers.delete(following)
      if (this.#of(following.topic).length === 0) this.send({ unsubscribe: following.topic })
    }
  }

  #of(topic: unknown): Following[] {
    return [...this.#followers].filter((one) => one.topic === topic)
  }

  get isUp(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN
  }

  send(frame: object): void {
    if (this.isUp) this.#socket?.send(JSON.stringify(frame))
  }

  #ask({ topic, cursor }: Following): void {
    this.send({ subscribe: topic, ...cursor?.() })
  }

  #connect(): void {
    // Without network there is nothing to reach; `online` wakes it.
    if (this.#socket || this.#isOver || !navigator.onLine) return
    clearTimeout(this.#timer)
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
    const socket = new WebSocket(`${scheme}://${location.host}/api/v1/live`)
    this.#socket = socket
    // One that was given up says nothing more.
    const isOurs = () => this.#socket === socket
    socket.addEventListener('open', () => isOurs() && this.#opened())
    socket.addEventListener('message', (event) => isOurs() && this.#hear(String(event.data)))
    socket.addEventListener('close', (event) => isOurs() && this.#lost(event))
  }

  /** Gives the connection up at once: the other side, out of reach, would not answer that it closes. */
  drop(): void {
    const socket = this.#socket
    if (!socket) return
    this.#lost({ code: 4000, reason: 'no answer' })
    socket.close(4000, 'no answer')
  }

  #opened(): void {
    this.#pause = firstPause
    this.#failures = 0
    this.#heardAt = performance.now()
    this.#polling?.abort()
    this.#polling = null
    this.#isPolled = false
    clearInterval(this.#looking)
    if (this.#wasAway) this.#look()
    this.#wasAway = false
    for (const one of this.#followers) {
      this.#ask(one)
      one.changed?.(true)
    }
    clearInterval(this.#beating)
    this.#beating = setInterval(() => this.#beat(), beat)
  }

  /** A connection that died without a word is found out by what it does not answer. */
  #beat(): void {
    const asked = performance.now()
    this.send({ ping: true })
    setTimeout(() => {
      if (this.isUp && this.#heardAt < asked) this.drop()
    }, patience)
  }

  #look(): void {
    for (const one of this.#followers) one.look?.()
  }

  /** The page is seen again, or the network is back: whatever was waited for, now. */
  wake(): void {
    if (this.#polling) this.#look()
    if (!this.#socket) this.#connect()
    else if (this.isUp) this.#beat()
  }

  #hear(text: string): void {
    this.#heardAt = performance.now()
    const news: unknown = JSON.parse(text)
    const over = property(news, 'ended') ?? property(news, 'error')
    for (const one of this.#of(property(news, 'topic'))) {
      if (over === undefined) one.hear(news)
      else if (over === 'unavailable' || over === 'too-many') setTimeout(() => this.#ask(one), 2000)
      else this.#end(one)
    }
  }

  #end(one: Following): void {
    this.#followers.delete(one)
    one.ended?.('gone')
  }

  #lost({ code, reason }: { code: number; reason: string }): void {
    this.#socket = null
    this.#wasAway = true
    clearInterval(this.#beating)
    this.#failures++
    for (const one of this.#followers) if (!one.poll || !this.#isPolled) one.changed?.(false)
    // One of many windows: it asks in the other way, and seldom whether there is place for it.
    const isCrowded = reason.startsWith('too many')
    if (isCrowded) [this.#failures, this.#pause] = [hopeless, longestPause]
    else if (code === 4401 || code === 1008) {
      // The session is over, or there is none: trying again would change nothing.
      this.#isOver = true
      for (const one of this.#followers) one.ended?.('signed-out')
      return
    }
    if (this.#failures >= hopeless) this.#poll()
    // Not all at once after a deploy.
    const pause = this.#pause * (0.5 + chance())
    this.#pause = Math.min(longestPause, this.#pause * 2)
    this.#timer = setTimeout(() => this.#connect(), pause)
  }

  /** Asks by long poll until a socket opens. */
  #poll(): void {
    if (this.#polling) return
    const controller = new AbortController()
    this.#polling = controller
    this.#look()
    clearInterval(this.#looking)
    this.#looking = setInterval(() => document.visibilityState === 'visible' && this.#look(), lookEvery)
    for (const one of this.#followers) void this.#pollOne(one, controller.signal)
  }

  async #pollOne(one: Following, signal: AbortSignal): Promise<void> {
    while (one.poll && !signal.aborted && this.#followers.has(one)) {
      const polled = await one.poll(signal)
      if (signal.aborted) return
      if (polled === 'over') return this.#end(one)
      const isAnswered = polled === 'answered'
      if (isAnswered !== this.#isPolled) one.changed?.(isAnswered)
      this.#isPolled = isAnswered
    }
  }
}

const live = new Live()
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') live.wake()
})
addEventListener('online', () => live.wake())
addEventListener('offline', () => live.drop())

/** Follows a topic until the page goes or the function that it gives back is called. */
export function follow(following: Following): () => void {
  return live.follow(following)
}

/** The server was just reached in another way: the connection need not wait longer. */
export function reached(): void {
  if (!live.isUp) live.wake()
}

/** Says something over the connection, when there is one. */
export function say(frame: object): void {
  live.send(frame)
}
