import type { RoomNews } from '#events.ts'
import type { Bus } from '#platform/bus.ts'
import { type Topic, textFrame } from './frames.ts'
import type { LiveSocket, Subscription } from './socket.ts'

type Listening = { sockets: Set<LiveSocket>; bell: Disposable }

/** The connections of each member, and which of them want to hear what concerns the member (`me`). */
export class MemberTopics {
  readonly #bus: Bus
  readonly #sockets = new Map<number, LiveSocket[]>()
  readonly #listening = new Map<number, Listening>()
  constructor(bus: Bus) {
    this.#bus = bus
  }

  add(socket: LiveSocket, memberId: number): void {
    const own = this.#sockets.get(memberId)
    if (own) own.push(socket)
    else this.#sockets.set(memberId, [socket])
  }

  remove(socket: LiveSocket, memberId: number): void {
    const own = this.#sockets.get(memberId)
    const index = own?.indexOf(socket) ?? -1
    if (own && index >= 0) own.splice(index, 1)
    if (own?.length === 0) this.#sockets.delete(memberId)
  }

  of(memberId: number): LiveSocket[] {
    return [...(this.#sockets.get(memberId) ?? [])]
  }

  count(memberId: number): number {
    return this.#sockets.get(memberId)?.length ?? 0
  }

  watch(socket: LiveSocket, topic: Topic, memberId: number): Subscription {
    const known = this.#listening.get(memberId) ?? this.#listen(memberId)
    known.sockets.add(socket)
    const subscription: Subscription = {
      topic,
      end: () => {
        socket.remove(subscription)
        known.sockets.delete(socket)
        if (known.sockets.size > 0 || this.#listening.get(memberId) !== known) return
        known.bell[Symbol.dispose]()
        this.#listening.delete(memberId)
      },
    }
    return subscription
  }

  /** Other modules publish what concerns a member on the bus topic `me:ID`. */
  #listen(memberId: number): Listening {
    const sockets = new Set<LiveSocket>()
    const bell = this.#bus.subscribe(`me:${memberId}`, (data) => {
      const news = typeof data === 'object' && data !== null ? data : { data }
      const frame = textFrame(JSON.stringify({ topic: 'me', ...news }))
      for (const one of sockets) one.pass(frame)
    })
    const made = { sockets, bell }
    this.#listening.set(memberId, made)
    return made
  }

  /** Something was said in one of their rooms. */
  ring({ roomId, number, by, members }: RoomNews): void {
    let frame: Buffer | null = null
    for (const id of members) {
      const listening = id === by ? undefined : this.#listening.get(id)
      if (!listening) continue
      frame ??= textFrame(JSON.stringify({ topic: 'me', chat: { room: roomId, number } }))
      for (const one of listening.sockets) one.pass(frame)
    }
  }
}
