import { randomUUID } from 'node:crypto'
import type { RoomFeeds } from '#modules/chat/feeds.ts'
import { chatLimits } from '#modules/chat/shapes.ts'
import type { Bus } from '#platform/bus.ts'

/** How often each process says again who is there, and how long it is believed, in milliseconds. */
const sayEvery = 30_000
const believed = 75_000
/** Coming and going is told together so often. */
const together = 1000

type Said = { process: string; roomId: number; members: number[] }
const topic = 'live.here'

/**
 * Who has a small room open, coarsely: each process says over the bus who is there with it, at changes and every half
 * minute; what is not said again is forgotten. Nothing is stored.
 */
export class Presence {
  readonly #bus: Bus
  readonly #feeds: RoomFeeds
  readonly #self = randomUUID()
  /** By room: how many sockets of a member are here. */
  readonly #here = new Map<number, Map<number, number>>()
  /** By room and process: who is there, and until when that is believed. */
  readonly #there = new Map<number, Map<string, { members: number[]; until: number }>>()
  readonly #changed = new Set<number>()
  readonly #stack = new DisposableStack()
  readonly #now: () => number
  constructor(given: { bus: Bus; feeds: RoomFeeds; now: () => number }) {
    this.#bus = given.bus
    this.#feeds = given.feeds
    this.#now = given.now
    // Only `#say` publishes there.
    this.#stack.use(this.#bus.subscribe(topic, (data) => this.#hear(data as Said)))
    this.#every(together, () => this.#sayChanged())
    this.#every(sayEvery, () => this.#sayAll())
  }

  #every(ms: number, work: () => void): void {
    const timer = setInterval(work, ms)
    timer.unref()
    this.#stack.defer(() => clearInterval(timer))
  }

  come(roomId: number, memberId: number): void {
    const members = this.#here.get(roomId) ?? new Map<number, number>()
    this.#here.set(roomId, members)
    members.set(memberId, (members.get(memberId) ?? 0) + 1)
    this.#changed.add(roomId)
  }

  go(roomId: number, memberId: number): void {
    const members = this.#here.get(roomId)
    const count = members?.get(memberId) ?? 0
    if (!members || count === 0) return
    if (count > 1) {
      members.set(memberId, count - 1)
      return
    }
    members.delete(memberId)
    if (members.size === 0) this.#here.delete(roomId)
    this.#changed.add(roomId)
  }

  #sayChanged(): void {
    const rooms = [...this.#changed]
    this.#changed.clear()
    for (const roomId of rooms) this.#say(roomId)
  }

  #sayAll(): void {
    const now = this.#now()
    for (const [roomId, processes] of this.#there) {
      for (const [name, said] of processes) if (said.until < now) processes.delete(name)
      if (processes.size === 0) this.#there.delete(roomId)
    }
    for (const roomId of this.#here.keys()) this.#say(roomId)
  }

  #say(roomId: number): void {
    const members = [...(this.#here.get(roomId)?.keys() ?? [])].slice(0, chatLimits.small)
    this.#bus.publish(topic, { process: this.#self, roomId, members } satisfies Said)
  }

  #hear({ process, roomId, members }: Said): void {
    const processes = this.#there.get(roomId) ?? new Map()
    const before = this.#all(processes)
    if (members.length === 0) processes.delete(process)
    else processes.set(process, { members, until: this.#now() + believed })
    if (processes.size === 0) this.#there.delete(roomId)
    else this.#there.set(roomId, processes)
    const all = this.#all(processes)
    if (all.join() !== before.join()) this.#feeds.tellHere({ roomId, json: JSON.stringify(all) })
  }

  /** Whom the processes name, to begin with. */
  membersIn(roomId: number): number[] {
    return this.#all(this.#there.get(roomId) ?? new Map())
  }

  #all(processes: ReadonlyMap<string, { members: number[]; until: number }>): number[] {
    const now = this.#now()
    const living = [...processes.values()].filter((said) => said.until >= now)
    return [...new Set(living.flatMap((said) => said.members))].sort((a, b) => a - b)
  }

  [Symbol.dispose](): void {
    this.#stack.dispose()
  }
}
