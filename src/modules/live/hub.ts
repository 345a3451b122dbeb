import { type DomainEvent, hearEvents } from '#events.ts'
import { viewersOfSessions } from '#modules/accounts/sessions.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { findRoom, readersOf } from '#modules/chat/access.ts'
import type { RoomFeeds } from '#modules/chat/feeds.ts'
import { chatLimits } from '#modules/chat/shapes.ts'
import { viewersOfKeys } from '#modules/keys/keys.ts'
import { findVisiblePost } from '#modules/posts/posts.ts'
import type { Bus } from '#platform/bus.ts'
import type { Db } from '#platform/database.ts'
import { NotFound, Refusal } from '#platform/errors.ts'
import { type ClientFrame, pingFrame, readFrame, type Topic } from './frames.ts'
import { MemberTopics } from './member-topics.ts'
import { Presence } from './presence.ts'
import { type Following, RoomSubscription } from './room-subscription.ts'
import { Slots } from './slots.ts'
import { closing, type LiveSocket } from './socket.ts'
import { WatchedPosts } from './topics.ts'

export type HubDeps = {
  db: Db
  bus: Bus
  feeds: RoomFeeds
  clock: () => Date
  /** The member of an access token or a key. */
  viewerOfToken: (token: string) => Promise<Viewer | null>
  /** Without limits (for load tests) one member may have any number of connections. */
  limited: boolean
}

/** Milliseconds: to say who one is; between pings; between looks whether sessions live, beside the bells. */
const greeting = 5000
const pingEvery = 30_000
const checkEvery = 60_000
const mostSubscriptions = 100
const mostOfMember = 30
const mostWaiting = 60

/** All live connections of this process. */
export class LiveHub {
  readonly #deps: HubDeps
  readonly #sockets = new Set<LiveSocket>()
  readonly #members: MemberTopics
  readonly #posts: WatchedPosts
  readonly #presence: Presence
  readonly #slots = new Slots(8)
  readonly #doubted = new Set<number>()
  readonly #following: Following
  readonly #stack = new DisposableStack()
  constructor(deps: HubDeps) {
    this.#deps = deps
    const { db, bus, feeds, clock } = deps
    this.#following = {
      db,
      feeds,
      slots: this.#slots,
      doubt: (roomId) => this.#doubt(roomId),
      left: (subscription) => this.#left(subscription),
    }
    this.#members = new MemberTopics(bus)
    this.#posts = this.#stack.use(new WatchedPosts(db))
    this.#presence = this.#stack.use(new Presence({ bus, feeds, now: () => clock().getTime() }))
    this.#stack.use(hearEvents(bus, (event) => this.#hear(event)))
    // Whatever was missed may have been that somebody signed out.
    this.#stack.use(bus.onGap(() => this.#checkAll()))
    for (const [ms, work] of [
      [pingEvery, () => this.#ping()],
      [checkEvery, () => this.#checkAll()],
    ] as const) {
      const timer = setInterval(work, ms)
      timer.unref()
      this.#stack.defer(() => clearInterval(timer))
    }
  }

  get size(): number {
    return this.#sockets.size
  }

  /** Takes a connection that was just opened; without a viewer it has a few seconds to send a token. */
  open(socket: LiveSocket, viewer: Viewer | null): void {
    this.#sockets.add(socket)
    if (viewer) {
      this.#greet(socket, viewer)
      return
    }
    setTimeout(() => {
      if (!socket.viewer) socket.end(closing.policy, 'not-signed-in')
    }, greeting).unref()
  }

  #greet(socket: LiveSocket, viewer: Viewer): void {
    if (this.#deps.limited && this.#members.count(viewer.id) >= mostOfMember) {
      socket.end(closing.policy, 'too many connections')
      return
    }
    socket.viewer = viewer
    this.#members.add(socket, viewer.id)
  }

  close(socket: LiveSocket): void {
    this.#sockets.delete(socket)
    for (const one of [...(socket.subscriptions ?? [])]) one.end()
    if (socket.viewer) this.#members.remove(socket, socket.viewer.id)
  }

  #left({ isSmall, roomId, socket: { viewer } }: RoomSubscription): void {
    if (isSmall && viewer) this.#presence.go(roomId, viewer.id)
  }

  /** A frame; those of one connection are worked off one after the other. */
  receive(socket: LiveSocket, text: string): void {
    if (!socket.takesFrame(this.#deps.clock().getTime())) {
      socket.refuse('too-many')
      return
    }
    const frame = readFrame(text)
    if (typeof frame === 'string') {
      socket.refuse('bad-frame', { reason: frame })
      return
    }
    if (++socket.waiting > mostWaiting) {
      socket.end(closing.policy, 'too many frames')
      return
    }
    const work = (socket.work ?? Promise.resolve()).then(() => this.#work(socket, frame))
    socket.work = work
    void work.finally(() => {
      socket.waiting--
      if (socket.work === work) socket.work = null
    })
  }

  async #work(socket: LiveSocket, frame: ClientFrame): Promise<void> {
    if (socket.readyState !== socket.OPEN) return
    try {
      if (frame.kind === 'token') await this.#signIn(socket, frame.token)
      else if (frame.kind === 'ping') socket.tell({ pong: true })
      else if (!socket.viewer) socket.refuse('not-signed-in', { topic: frame.topic.name })
      else if (frame.kind === 'subscribe') await this.#subscribe(socket, socket.viewer, frame)
      else if (frame.kind === 'unsubscribe') this.#unsubscribe(socket, frame.topic)
      else this.#typing(socket, socket.viewer, frame.topic)
    } catch (error) {
      const code = error instanceof Refusal ? error.code : 'unavailable'
      const first = error instanceof Refusal ? error.fields[0] : undefined
      const topic = 'topic' in frame ? { topic: frame.topic.name } : {}
      socket.refuse(first?.code ?? code, { ...topic, ...(first?.facts ?? {}) })
    }
  }

  async #signIn(socket: LiveSocket, token: string): Promise<void> {
    if (socket.viewer) {
      socket.refuse('signed-in')
      return
    }
    const viewer = await this.#deps.viewerOfToken(token)
    if (viewer && canListen(viewer)) this.#greet(socket, viewer)
    else socket.end(closing.policy, 'bad-token')
    if (socket.viewer) socket.tell({ signedIn: true })
  }

  async #subscribe(
    socket: LiveSocket,
    viewer: Viewer,
    frame: ClientFrame & { kind: 'subscribe' },
  ): Promise<void> {
    const { topic } = frame
    const known = socket.find(topic.name)
    // Again, perhaps from another number: from the beginning.
    known?.end()
    if ((socket.subscriptions?.length ?? 0) >= mostSubscriptions) {
      socket.refuse('too-many-subscriptions', { topic: topic.name })
      return
    }
    if (topic.kind === 'room') return this.#followRoom(socket, viewer, { ...frame, topic })
    if (topic.kind === 'post') {
      // Watched first, asked then: what changes in between is not missed.
      const watch = this.#posts.watchPost(socket, topic)
      socket.add(watch)
      await findVisiblePost(this.#deps.db, viewer, { id: topic.id }).catch((error: unknown) => {
        watch.end()
        throw error
      })
    } else {
      socket.add(
        topic.kind === 'me'
          ? this.#members.watch(socket, topic, viewer.id)
          : this.#posts.watchLists(socket, topic),
      )
    }
    this.#confirm(socket, { subscribed: topic.name })
  }

  #confirm(socket: LiveSocket, told: { subscribed: string; last?: number; change?: number }): void {
    // Closed while its question was under way: nobody will end what it got.
    if (socket.readyState === socket.OPEN) socket.tell(told)
    else this.close(socket)
  }

  async #followRoom(
    socket: LiveSocket,
    viewer: Viewer,
    frame: { topic: Topic & { kind: 'room' | 'post' }; after: number | null; changes: number | null },
  ): Promise<void> {
    const { topic, after, changes } = frame
    const { db } = this.#deps
    const subscription = new RoomSubscription(this.#following, { topic, roomId: topic.id, socket })
    socket.add(subscription)
    try {
      // Followed first: nothing is missed between the look into the log and the first message told.
      await subscription.follow()
      const room = await this.#slots.use(() => findRoom(db, viewer, { id: topic.id }))
      if ((after ?? 0) > room.lastNumber) {
        subscription.end()
        socket.refuse('from-the-future', { topic: topic.name, last: room.lastNumber })
        return
      }
      subscription.from = room.fromNumber
      subscription.last = Math.max(after ?? room.lastNumber, room.fromNumber)
      subscription.change = room.lastChange
      if (room.members <= chatLimits.small && !subscription.isOver) {
        subscription.isSmall = true
        this.#presence.come(room.id, viewer.id)
      }
      this.#confirm(socket, { subscribed: topic.name, last: room.lastNumber, change: room.lastChange })
      await subscription.start()
      if (changes !== null && changes < room.lastChange) await subscription.replayChanges(changes)
      const here = subscription.isSmall ? this.#presence.membersIn(room.id) : []
      if (here.length > 0) socket.tell({ topic: topic.name, here })
    } catch (error) {
      subscription.end()
      throw error
    }
  }

  #unsubscribe(socket: LiveSocket, topic: Topic): void {
    const known = socket.find(topic.name)
    known?.end()
    socket.tell({ unsubscribed: topic.name })
  }

  #typing(socket: LiveSocket, viewer: Viewer, topic: Topic): void {
    const known = socket.find(topic.name)
    if (!(known instanceof RoomSubscription)) throw new NotFound()
    // In large rooms somebody always types.
    if (!known.isSmall || viewer.blocked) return
    const json = JSON.stringify({ id: viewer.id, name: viewer.name })
    this.#deps.feeds.moment({ roomId: known.roomId, what: 'typing', json, by: viewer.id })
  }

  #hear(event: DomainEvent): void {
    this.#posts.hear(event)
    if (event.type === 'room.told' && event.what === 'message') this.#members.ring(event)
    else if (event.type === 'member.changed' || event.type === 'sessions.ended')
      this.#check(this.#members.of(event.memberId))
  }

  #ping(): void {
    for (const socket of this.#sockets) {
      if (!socket.alive) socket.terminate()
      socket.alive = false
      socket.pass(pingFrame)
    }
  }

  #checkAll(): void {
    const all = [...this.#sockets]
    for (let from = 0; from < all.length; from += 1000) this.#check(all.slice(from, from + 1000))
  }

  /** Whether their sessions and keys still live, and what they may now. */
  #check(sockets: readonly LiveSocket[]): void {
    const known = sockets.filter((socket) => socket.viewer !== null)
    if (known.length === 0) return
    this.#recheck(known).catch(() => {
      // The database is away: asked again soon, and nobody reads anything from it meanwhile.
      setTimeout(() => this.#check(known), 1000).unref()
    })
  }

  async #recheck(sockets: readonly LiveSocket[]): Promise<void> {
    const viewers = sockets.map((socket) => socket.viewer).filter((viewer) => viewer !== null)
    const now = this.#deps.clock()
    const keys = viewers.flatMap((viewer) => (viewer.key ? [viewer.key.id] : []))
    const sessions = viewers.filter((viewer) => !viewer.key).map((viewer) => viewer.sessionId)
    const byKey = keys.length > 0 ? await viewersOfKeys(this.#deps.db, { ids: keys, now }) : null
    const bySession =
      sessions.length > 0 ? await viewersOfSessions(this.#deps.db, { ids: sessions, now }) : null
    for (const socket of sockets) {
      const { viewer } = socket
      if (!viewer) continue
      const current = viewer.key ? byKey?.get(viewer.key.id) : bySession?.get(viewer.sessionId)
      if (!current || !canListen(current)) {
        socket.end(closing.signedOut, 'signed out')
        continue
      }
      socket.viewer = current
      if (current.role !== viewer.role) this.#doubtAll(socket)
    }
  }

  /** May they still what they subscribed to? */
  #doubtAll(socket: LiveSocket): void {
    for (const one of socket.subscriptions ?? []) {
      if (one instanceof RoomSubscription) one.doubt()
      else if (one.topic.kind === 'post') this.#posts.doubt([one.topic.id])
    }
  }

  /** Looks, for all who follow a room here, whether they may; once for all that ask in the same moment. */
  #doubt(roomId: number): void {
    if (this.#doubted.has(roomId)) return
    this.#doubted.add(roomId)
    queueMicrotask(() => void this.#settle(roomId))
  }

  async #settle(roomId: number): Promise<void> {
    this.#doubted.delete(roomId)
    const followers = this.#deps.feeds.followersOf(roomId)
    const following = followers.filter((one) => one instanceof RoomSubscription)
    const viewers = following.map((one) => one.socket.viewer).filter((viewer) => viewer !== null)
    try {
      const readers = await this.#slots.use(() => readersOf(this.#deps.db, { roomId, viewers }))
      for (const one of following) {
        if (one.socket.viewer && readers.has(one.socket.viewer.id)) {
          one.resume()
          continue
        }
        one.socket.tell({ topic: one.topic.name, ended: 'not-found' })
        one.end()
      }
    } catch {
      // Nothing is sent to them until the database answers.
      setTimeout(() => this.#doubt(roomId), 1000).unref()
    }
  }

  /** Ends all connections with "going away": clients come back, to another process. */
  async stop(patienceMs: number): Promise<void> {
    this.#stack.dispose()
    for (const socket of this.#sockets) socket.end(closing.away, 'the server stops')
    const end = performance.now() + patienceMs
    while (this.#sockets.size > 0 && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 20))
    for (const socket of this.#sockets) socket.terminate()
  }
}

/** A key listens when it may read. */
function canListen(viewer: Viewer): boolean {
  return !viewer.key || viewer.key.scopes.includes('read')
}
