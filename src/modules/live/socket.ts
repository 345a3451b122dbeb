import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import type { Viewer } from '#modules/accounts/viewer.ts'
import type { Topic } from './frames.ts'
import { textFrame } from './frames.ts'

/** Why a connection is ended; 4000 and up are ours. */
export const closing = {
  away: 1001,
  policy: 1008,
  signedOut: 4401,
} as const

/** What somebody is subscribed to. */
export type Subscription = { topic: Topic; end: () => void }

/** Bytes that may wait for one reader; who is slower is cut off, comes back, and asks for what is missing. */
const mostWaiting = 1_000_000
/** Frames a second, and so many in a row. */
const frameRate = 5
const frameBurst = 30
const mostOdd = 20

/** One connection. Ten thousand of them fit a process: what is rare is null until it is needed. */
export class LiveSocket extends WebSocket {
  viewer: Viewer | null = null
  subscriptions: Subscription[] | null = null
  /** The connection below, to which frames that many get are written as they are. */
  below: Duplex | null = null
  /** Whether anything was heard since the last ping. */
  alive = true
  /** Frames that wait for the one before them. */
  waiting = 0
  work: Promise<void> | null = null
  #budget = frameBurst
  #budgetAt = 0
  #odd = 0

  /** Sends a frame that was made for many. */
  pass(frame: Buffer): void {
    const { below } = this
    if (!below || this.readyState !== WebSocket.OPEN) return
    if (below.writableLength > mostWaiting) this.terminate()
    else below.write(frame)
  }

  tell(value: object): void {
    this.pass(textFrame(JSON.stringify(value)))
  }

  /** Whether another frame may come now. */
  takesFrame(nowMs: number): boolean {
    this.#budget = Math.min(frameBurst, this.#budget + ((nowMs - this.#budgetAt) / 1000) * frameRate)
    this.#budgetAt = nowMs
    if (this.#budget < 1) return false
    this.#budget--
    return true
  }

  /** Says what is wrong with a frame; ends a connection that sends nothing else. */
  refuse(code: string, more: object = {}): void {
    this.tell({ error: code, ...more })
    if (++this.#odd >= mostOdd) this.end(closing.policy, 'too many refused frames')
  }

  /** Closes with a reason; what the other side does not answer is cut off soon by ws. */
  end(code: number, reason: string): void {
    if (this.readyState === WebSocket.OPEN) this.close(code, reason)
  }

  find(name: string): Subscription | undefined {
    return this.subscriptions?.find((one) => one.topic.name === name)
  }

  add(subscription: Subscription): void {
    this.subscriptions ??= []
    this.subscriptions.push(subscription)
  }

  remove(subscription: Subscription): void {
    const index = this.subscriptions?.indexOf(subscription) ?? -1
    if (index >= 0) this.subscriptions?.splice(index, 1)
  }
}
