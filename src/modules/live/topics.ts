import type { DomainEvent } from '#events.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { readLevels } from '#modules/boards/policy.ts'
import type { ReadBy } from '#modules/boards/shapes.ts'
import { ask, type Db } from '#platform/database.ts'
import { type Topic, textFrame } from './frames.ts'
import type { LiveSocket, Subscription } from './socket.ts'

/** A socket's place among those who watch a thing. */
class Watch implements Subscription {
  readonly topic: Topic
  readonly socket: LiveSocket
  readonly #leave: () => void
  constructor(of: { topic: Topic; socket: LiveSocket; leave: () => void }) {
    this.topic = of.topic
    this.socket = of.socket
    this.#leave = of.leave
  }

  end(): void {
    this.#leave()
    this.socket.remove(this)
  }
}

/** Votes and new posts are told together so often, in milliseconds. */
const together = 500

/** Who looks at which post, and at lists: they are told that something is new; what it is they ask like any page. */
export class WatchedPosts {
  readonly #db: Db
  readonly #posts = new Map<number, Set<Watch>>()
  readonly #lists = new Set<Watch>()
  /** What is counted anew at the next turn. */
  readonly #voted = new Map<number, Set<number | null>>()
  readonly #published = new Set<number>()
  #timer: ReturnType<typeof setTimeout> | null = null
  constructor(db: Db) {
    this.#db = db
  }

  watchPost(socket: LiveSocket, topic: Topic & { id: number }): Subscription {
    const watching = this.#posts.get(topic.id) ?? new Set<Watch>()
    this.#posts.set(topic.id, watching)
    const leave = () => {
      watching.delete(watch)
      if (watching.size === 0 && this.#posts.get(topic.id) === watching) this.#posts.delete(topic.id)
    }
    const watch = new Watch({ topic, socket, leave })
    watching.add(watch)
    return watch
  }

  watchLists(socket: LiveSocket, topic: Topic): Subscription {
    const watch: Watch = new Watch({ topic, socket, leave: () => this.#lists.delete(watch) })
    this.#lists.add(watch)
    return watch
  }

  hear(event: DomainEvent): void {
    if (event.type === 'comment.written') this.#tell(event.postId, { comment: event.commentId })
    else if (event.type === 'comment.changed')
      this.#tell(event.postId, { changed: event.commentId, how: event.how })
    else if (event.type === 'vote.cast') this.#count(event.postId, event.commentId)
    else if (event.type === 'boards.changed') this.doubt([...this.#posts.keys()])
    else if (event.type === 'post.changed') {
      if (event.how === 'deleted' || event.how === 'moved') this.doubt([event.postId])
      this.#tell(event.postId, { changed: 'post', how: event.how })
    } else if (event.type === 'post.published' && this.#lists.size > 0) {
      this.#later(() => this.#published.add(event.postId))
    }
  }

  #tell(postId: number, news: object): void {
    const watching = this.#posts.get(postId)
    if (!watching) return
    const frame = textFrame(JSON.stringify({ topic: `post:${postId}`, ...news }))
    for (const { socket } of watching) socket.pass(frame)
  }

  #count(postId: number, commentId: number | null): void {
    if (!this.#posts.has(postId)) return
    const things = this.#voted.get(postId) ?? new Set()
    this.#later(() => this.#voted.set(postId, things.add(commentId)))
  }

  #later(note: () => void): void {
    note()
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      // What cannot be counted now is counted at the next vote.
      this.#tellVotes().catch(() => {})
      this.#tellLists().catch(() => {})
    }, together).unref()
  }

  async #tellVotes(): Promise<void> {
    const voted = [...this.#voted]
    this.#voted.clear()
    if (voted.length === 0) return
    const comments = voted.flatMap(([, things]) => [...things].filter((id) => id !== null))
    const rows = await ask<{ postId: number; comment: number | null; votes: number }>(
      this.#db,
      `select id as "postId", null as comment, votes from posts where id = any($1)
       union all select post_id, id, votes from comments where id = any($2)`,
      [voted.filter(([, things]) => things.has(null)).map(([id]) => id), comments],
    )
    for (const { postId, comment, votes } of rows)
      this.#tell(postId, comment === null ? { votes } : { votes, of: comment })
  }

  async #tellLists(): Promise<void> {
    const ids = [...this.#published]
    this.#published.clear()
    if (ids.length === 0) return
    const rows = await ask<{ slug: string; readBy: ReadBy }>(
      this.#db,
      `select distinct b.slug, b.read_by as "readBy" from posts p join boards b on b.id = p.board_id
       where p.id = any($1) and p.deleted_at is null`,
      [ids],
    )
    for (const { slug, readBy } of rows) {
      const frame = textFrame(JSON.stringify({ topic: 'posts', board: slug }))
      for (const { socket } of this.#lists) if (reads(socket.viewer, readBy)) socket.pass(frame)
    }
  }

  /** Ends the watching of those who may not see these posts any more. */
  doubt(ids: readonly number[]): void {
    const watched = ids.filter((id) => this.#posts.has(id))
    if (watched.length === 0) return
    this.#check(watched).catch(() => this.#endAll(watched, () => true))
  }

  async #check(ids: readonly number[]): Promise<void> {
    const rows = await ask<{ id: number; readBy: ReadBy }>(
      this.#db,
      `select p.id, b.read_by as "readBy" from posts p join boards b on b.id = p.board_id
       where p.id = any($1) and p.deleted_at is null`,
      [ids],
    )
    const levels = new Map(rows.map((row) => [row.id, row.readBy]))
    this.#endAll(ids, (watch) => {
      const level = levels.get(watch.topic.id ?? 0)
      return level === undefined || !reads(watch.socket.viewer, level)
    })
  }

  #endAll(ids: readonly number[], isOver: (watch: Watch) => boolean): void {
    for (const id of ids) {
      for (const watch of [...(this.#posts.get(id) ?? [])]) {
        if (!isOver(watch)) continue
        watch.socket.tell({ topic: watch.topic.name, ended: 'not-found' })
        watch.end()
      }
    }
  }

  [Symbol.dispose](): void {
    if (this.#timer) clearTimeout(this.#timer)
  }
}

function reads(viewer: Viewer | null, level: ReadBy): boolean {
  return readLevels(viewer).includes(level)
}
