import { emit } from '#events.ts'
import { requireWriter } from '#modules/accounts/accounts.ts'
import { membersByNames } from '#modules/accounts/members.ts'
import { isModerator, type Viewer } from '#modules/accounts/viewer.ts'
import { archivedIds } from '#modules/boards/archived.ts'
import { findBoard } from '#modules/boards/boards.ts'
import { canWrite, readLevels } from '#modules/boards/policy.ts'
import type { PostKind, ReadBy, WriteBy } from '#modules/boards/shapes.ts'
import { discardDraft, type KnownDraft } from '#modules/drafts/discard.ts'
import { imagesIn, recordFileUses } from '#modules/files/files.ts'
import { recordAct } from '#modules/modlog/modlog.ts'
import { putPost, tokensOfPost } from '#modules/search/documents.ts'
import { ask, type Db, lookUp, transact } from '#platform/database.ts'
import { Conflict, Forbidden, invalid, NotFound, refuse, violatedConstraint } from '#platform/errors.ts'
import { mentionedNames, rendererVersion, renderMarkdown } from '#platform/markdown.ts'
import { foldName, isBlank } from '#platform/text.ts'
import { canDelete, canEdit, canRestore, canSee, type RuledPost, whyNot } from './policy.ts'
import { checkBody, checkReason, checkTags, checkTitle, postLimits } from './rules.ts'

/** A post for the rules: found only when the viewer may know of it. */
export type FoundPost = RuledPost & {
  id: number
  boardId: number
  slug: string
  kind: PostKind
  title: string
  tags: string[]
  version: number
  comments: number
  acceptedId: number | null
  readBy: ReadBy
  writeBy: WriteBy
  downvotes: boolean
}

const findQuery = (isArchived: string) => `
  select p.id, p.board_id as "boardId", b.slug, p.author_id as "authorId", p.kind, p.title, p.tags, p.version, p.comments,
         p.accepted_id as "acceptedId", p.deleted_at as "deletedAt", p.deleted_by_id as "deletedById",
         b.read_by as "readBy", b.write_by as "writeBy", b.downvotes,
         ${isArchived} as archived, exists (select from post_locks l where l.post_id = p.id) as locked
  from posts p join boards b on b.id = p.board_id
  where p.id = $1 and b.read_by = any($2)`
const queries = {
  find: findQuery(`b.id in ${archivedIds}`),
  lock: `${findQuery('b.id = any (closed_boards())')} for no key update of p`,
}

/**
 * The only way to a post for a viewer. @throws NotFound when it is not there, not theirs to read, or deleted
 * (unless `deleted` is asked for and they may see it).
 */
export async function findVisiblePost(
  db: Db,
  viewer: Viewer | null,
  options: { id: number; deleted?: boolean; lock?: boolean },
): Promise<FoundPost> {
  const values = [options.id, readLevels(viewer)]
  const [post] = options.lock
    ? await ask<FoundPost>(db, queries.lock, values)
    : await lookUp<FoundPost>(db, queries.find, values)
  if (!post || (post.deletedAt && !options.deleted) || !canSee(viewer, post)) throw new NotFound()
  return post
}

/** The folded names that a text mentions, whether or not members are called so. */
export function mentionKeys(body: string): string[] {
  return mentionedNames(body).map(foldName)
}

/** Renders Markdown with links to the members it names, and its pictures in their measures. */
export async function renderBody(db: Db, body: string): Promise<string> {
  const names = mentionKeys(body)
  const images = await imagesIn(db, body)
  if (names.length === 0) return renderMarkdown(body, { images })
  return renderMarkdown(body, { images, mentions: await membersByNames(db, names) })
}

/** The same for what is written to stay. @throws Invalid when nothing of it can be seen: a lone definition of a link, spaces */
export async function renderWritten(db: Db, body: string): Promise<string> {
  const html = await renderBody(db, body)
  const isSeen = /<(?:img|hr|pre|input)\b/.test(html) || !isBlank(html.replace(/<[^>]*>/g, ' '))
  if (!isSeen) throw invalid('body', 'blank')
  return html
}

export type NewPost = {
  board: string
  title: string
  body: string
  kind?: PostKind
  tags?: readonly string[]
  draft?: KnownDraft | null
  now: Date
}

/** Publishes a post; it and its first version are born together. @throws Unauthenticated, Forbidden, NotFound, Invalid */
export async function publishPost(
  db: Db,
  viewer: Viewer | null,
  input: NewPost,
): Promise<{ id: number; title: string }> {
  requireWriter(viewer)
  const board = await findBoard(db, viewer, input.board)
  if (!canWrite(viewer, board)) throw new Forbidden(board.archived ? 'board-archived' : 'board-closed')
  const { title, body, tags } = checkTexts({ ...input, tags: input.tags ?? [] })
  const html = await renderWritten(db, body)
  return transact(db, async (tx) => {
    const values = [
      board.id,
      viewer.id,
      input.kind ?? board.kind,
      title,
      tags,
      input.now,
      body,
      html,
      rendererVersion,
      tokensOfPost({ title, tags, html }),
    ]
    const [post] = await ask<{ id: number }>(tx, publishQuery, values)
    if (!post) throw new Forbidden('board-archived')
    await countTags(tx, { added: tags, removed: [] })
    await recordFileUses(tx, viewer, { postId: post.id, before: null, body })
    if (input.draft) await discardDraft(tx, viewer, input.draft)
    const mentions = mentionKeys(body)
    await emit(tx, { type: 'post.published', postId: post.id, mentions, at: input.now })
    return { id: post.id, title }
  }).catch((error: unknown) => {
    // The board went between its being found and this.
    throw violatedConstraint(error) === 'posts_board_id_fkey' ? new NotFound() : error
  })
}

const publishQuery = `
  with post as (
    insert into posts (board_id, author_id, kind, title, tags, created_at, active_at, hot)
    select $1, $2, $3, $4, $5, $6, $6, hot_rank(0, $6) where $1 <> all (closed_boards()) returning id
  ), version as (
    insert into post_versions (post_id, version, title, tags, body, html, renderer, by_id, created_at)
    select id, 1, $4, $5, $7, $8, $9, $2, $6 from post
  ), seen as (
    insert into post_reads (member_id, post_id, read_at) select $2, id, $6 from post
  ), counted as (
    update boards set posts = posts + 1 where id in (select $1 from post)
  ), searched as (${putPost({ id: 'id', tokens: '$10', from: 'from post' })}
  )
  select id from post`

/** Keeps the tags' counters; sorted, so that two writers never lock them crosswise. */
async function countTags(
  tx: Db,
  change: { added: readonly string[]; removed: readonly string[] },
): Promise<void> {
  const changes = [
    ...change.added.map((name) => ({ name, by: 1 })),
    ...change.removed.map((name) => ({ name, by: -1 })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const { name, by } of changes) {
    await ask(
      tx,
      `insert into tags (name, posts) values ($1, greatest($2::int, 0))
       on conflict (name) do update set posts = tags.posts + $2::int`,
      [name, by],
    )
  }
}

export type PostEdit = {
  id: number
  title?: string | undefined
  body?: string | undefined
  tags?: readonly string[] | undefined
  note?: string | undefined
  /** The version the editor began with; another one being the newest is a conflict. */
  baseVersion?: number | null | undefined
  draft?: KnownDraft | null
  now: Date
}

/** @throws Invalid for all that is wrong */
function checkTexts(typed: { title: string; body: string; tags: readonly string[] }) {
  const { title, errors: titleErrors } = checkTitle(typed.title)
  const { body, errors: bodyErrors } = checkBody(typed.body)
  const { tags, errors: tagErrors } = checkTags(typed.tags)
  refuse([...titleErrors, ...bodyErrors, ...tagErrors])
  return { title, body, tags }
}

/** Adds a version. An edit that changes nothing adds none. @throws Forbidden, NotFound, Invalid, Conflict('edit-conflict') */
export async function editPost(
  db: Db,
  viewer: Viewer | null,
  input: PostEdit,
): Promise<{ id: number; title: string; version: number }> {
  requireWriter(viewer)
  return transact(db, async (tx) => {
    const post = await findVisiblePost(tx, viewer, { id: input.id, lock: true })
    if (!canEdit(viewer, post)) throw new Forbidden(whyNot(post))
    const current = await findVersionText(tx, post.id, post.version)
    const { title, body, tags } = checkTexts({
      title: input.title ?? post.title,
      body: input.body ?? current.body,
      tags: input.tags ?? post.tags,
    })
    const note = checkReason(input.note ?? '', { field: 'note', limit: postLimits.note })
    if (input.draft) await discardDraft(tx, viewer, input.draft)
    const same = title === post.title && body === current.body && tags.join() === post.tags.join()
    if (same) return { id: post.id, title, version: post.version }
    if (input.baseVersion && input.baseVersion !== post.version) {
      throw new Conflict('edit-conflict', { facts: { version: post.version } })
    }
    const version = post.version + 1
    const html = await renderWritten(tx, body)
    await ask(tx, editQuery, [
      post.id,
      version,
      title,
      tags,
      body,
      html,
      rendererVersion,
      viewer.id,
      input.now,
      note,
      tokensOfPost({ title, tags, html }),
    ])
    await countTags(tx, difference(post.tags, tags))
    await recordFileUses(tx, viewer, { postId: post.id, before: current.body, body })
    if (viewer.id !== post.authorId) {
      await recordAct(tx, {
        byId: viewer.id,
        act: 'post.edit',
        postId: post.id,
        reason: note,
        now: input.now,
      })
    }
    await emit(tx, { type: 'post.changed', postId: post.id, how: 'edited', at: input.now })
    return { id: post.id, title, version }
  })
}

const editQuery = `
  with version as (
    insert into post_versions (post_id, version, title, tags, body, html, renderer, by_id, created_at, note)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
  ), searched as (${putPost({ id: '$1::bigint', tokens: '$11' })}
  )
  update posts set version = $2, title = $3, tags = $4, edited_at = $9 where id = $1`

function difference(before: readonly string[], after: readonly string[]) {
  return {
    added: after.filter((tag) => !before.includes(tag)),
    removed: before.filter((tag) => !after.includes(tag)),
  }
}

async function findVersionText(tx: Db, postId: number, version: number): Promise<{ body: string }> {
  const [row] = await ask<{ body: string }>(
    tx,
    'select body from post_versions where post_id = $1 and version = $2',
    [postId, version],
  )
  if (!row) throw new NotFound()
  return row
}

/** Deletes softly: gone from lists; where others commented, a tombstone keeps their place. @throws Forbidden, NotFound */
export async function deletePost(
  db: Db,
  viewer: Viewer | null,
  input: { id: number; reason?: string; now: Date },
): Promise<void> {
  requireWriter(viewer)
  const reason = checkReason(input.reason ?? '')
  await transact(db, async (tx) => {
    const post = await findVisiblePost(tx, viewer, { id: input.id, lock: true, deleted: true })
    if (post.deletedAt) return
    if (!canDelete(viewer, post)) throw new Forbidden(whyNot(post))
    const values = { deleted_at: input.now, deleted_by_id: viewer.id }
    await tx.updateTable('posts').set(values).where('id', '=', post.id).execute()
    await tx.deleteFrom('post_pins').where('post_id', '=', post.id).execute()
    await countPost(tx, post, -1)
    if (viewer.id !== post.authorId) {
      await recordAct(tx, { byId: viewer.id, act: 'post.remove', postId: post.id, reason, now: input.now })
    }
    await emit(tx, { type: 'post.changed', postId: post.id, how: 'deleted', at: input.now })
  })
}

export async function restorePost(
  db: Db,
  viewer: Viewer | null,
  input: { id: number; now: Date },
): Promise<void> {
  requireWriter(viewer)
  await transact(db, async (tx) => {
    const post = await findVisiblePost(tx, viewer, { id: input.id, lock: true, deleted: true })
    // Who may not restore is told so, too, where there is nothing to restore.
    if (!post.deletedAt && canDelete(viewer, post)) return
    if (!canRestore(viewer, post)) throw new Forbidden(post.archived ? 'board-archived' : 'forbidden')
    await tx
      .updateTable('posts')
      .set({ deleted_at: null, deleted_by_id: null })
      .where('id', '=', post.id)
      .execute()
    await countPost(tx, post, 1)
    if (isModerator(viewer) && viewer.id !== post.authorId) {
      await recordAct(tx, { byId: viewer.id, act: 'post.restore', postId: post.id, now: input.now })
    }
    await emit(tx, { type: 'post.changed', postId: post.id, how: 'restored', at: input.now })
  })
}

async function countPost(tx: Db, post: FoundPost, by: 1 | -1): Promise<void> {
  await ask(tx, 'update boards set posts = posts + $2::int where id = $1', [post.boardId, by])
  await countTags(tx, by === 1 ? { added: post.tags, removed: [] } : { added: [], removed: post.tags })
}
