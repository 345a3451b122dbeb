import { emitAll } from '#events.ts'
import { requireWriter } from '#modules/accounts/accounts.ts'
import { isModerator, type Viewer } from '#modules/accounts/viewer.ts'
import { closedBoards } from '#modules/boards/archived.ts'
import { readLevels } from '#modules/boards/policy.ts'
import { discardDraft, type KnownDraft } from '#modules/drafts/discard.ts'
import { recordFileUses, showsFiles } from '#modules/files/files.ts'
import { repeatedSince, takeTurn } from '#modules/posts/once.ts'
import { canComment, whyNot } from '#modules/posts/policy.ts'
import { findVisiblePost, mentionKeys, renderWritten } from '#modules/posts/posts.ts'
import { checkBody, postLimits } from '#modules/posts/rules.ts'
import { putComment, tokensOfComment } from '#modules/search/documents.ts'
import { Batches } from '#platform/batches.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { Forbidden, invalid, refuse } from '#platform/errors.ts'
import { rendererVersion } from '#platform/markdown.ts'
import { databaseJson } from '#platform/text.ts'

export type NewComment = {
  postId: number
  body: string
  parentId?: number | null
  /** On a question, a root that asks or remarks instead of answering. */
  remark?: boolean
  draft?: KnownDraft | null
  now: Date
}

/**
 * One statement for many comments: each with its first version, its words for the search, the counters, and what the
 * writer has read. Its conditions repeat `canComment`; when it inserts nothing, the slow path says why. Every row is
 * touched once, and parents and then posts are locked in one order, as all writers do.
 */
const writeQuery = `
  with asked as materialized (
    select * from json_to_recordset($1::json) as r (
      place integer, post_id bigint, parent_id bigint, by_id bigint, levels text[], staff boolean, remark boolean,
      body text, html text, tokens json, at timestamptz)
  ), ${closedBoards}, parent as (
    select id, post_id, author_id, path from comments
    where id in (select parent_id from asked) and deleted_at is null and cardinality(path) < 100
      and (select ids from closed) is not null
    order by id for no key update
  ), post as (
    select id, board_id, kind, author_id from posts
    where id in (select post_id from asked) and deleted_at is null and board_id <> all ((select ids from closed)::bigint[])
      -- After the parents.
      and (select count(*) from parent) >= 0
    order by id for no key update
  ), target as (
    select a.*, p.kind, par.path as parent_path, nextval('comments_id_seq') as new_id
    from asked a join post p on p.id = a.post_id join boards b on b.id = p.board_id
    left join parent par on par.id = a.parent_id and par.post_id = a.post_id
    where b.read_by = any(a.levels)
      and (a.staff or not exists (select from post_locks l where l.post_id = p.id))
      and (a.parent_id is null or par.id is not null)
      and not exists (
        select from personal_blocks x where x.member_id in (p.author_id, par.author_id) and x.other_id = a.by_id and x.kind = 'block'
      )
  ), written as (
    insert into comments (id, post_id, parent_id, path, author_id, is_answer, created_at)
    overriding system value
    select new_id, post_id, parent_id, coalesce(parent_path, '{}') || new_id, by_id, kind = 'question' and parent_id is null and not remark, at
    from target
    returning id, post_id, parent_id, is_answer, cardinality(path) - 1 as depth
  ), version as (
    insert into comment_versions (comment_id, version, body, html, renderer, by_id, created_at)
    select new_id, 1, body, html, $2, by_id, at from target
  ), searched as (${putComment({ id: 'new_id', postId: 'post_id', tokens: 'array(select json_array_elements_text(tokens))', from: 'from target' })}
  ), answered as (
    update comments c set replies = c.replies + w.count
    from (select parent_id, count(*) as count from written group by parent_id) w where c.id = w.parent_id
  ), seen as (
    insert into post_reads as r (member_id, post_id, last_comment_id, comments, read_at)
    select by_id, post_id, 0, count(*), max(at) from target group by by_id, post_id order by by_id, post_id
    on conflict (member_id, post_id) do update set comments = r.comments + excluded.comments
  ), counted as (
    update posts p set comments = p.comments + w.comments, answers = p.answers + w.answers, active_at = greatest(p.active_at, w.at)
    from (
      select w.post_id, count(*) as comments, count(*) filter (where w.is_answer) as answers, max(t.at) as at
      from written w join target t on t.new_id = w.id group by w.post_id
    ) w where p.id = w.post_id
    returning p.id, p.title
  )
  select t.place, w.id, w.depth, w.is_answer as "isAnswer", c.title
  from written w join target t on t.new_id = w.id join counted c on c.id = w.post_id`

export type WrittenComment = {
  id: number
  postId: number
  depth: number
  isAnswer: boolean
  title: string
  body: string
  html: string
}

type Entry = NewComment & { viewer: Viewer; html: string }
type Written = Pick<WrittenComment, 'id' | 'depth' | 'isAnswer' | 'title'>

/** Null for each that was not allowed. */
async function writeAll(tx: Db, entries: readonly Entry[]): Promise<(Written | null)[]> {
  const rows = entries.map(({ viewer, ...entry }, i) => ({
    place: i,
    post_id: entry.postId,
    parent_id: entry.parentId ?? null,
    by_id: viewer.id,
    levels: readLevels(viewer),
    staff: isModerator(viewer),
    remark: entry.remark ?? false,
    body: entry.body,
    html: entry.html,
    tokens: tokensOfComment(entry.html),
    at: entry.now,
  }))
  const found = await ask<Written & { place: number }>(tx, writeQuery, [databaseJson(rows), rendererVersion])
  const written: (Written | null)[] = entries.map(() => null)
  for (const { place, ...row } of found) written[place] = row
  const events = entries.flatMap(({ postId, body, now }, i) => {
    const commentId = written[i]?.id
    if (commentId === undefined) return []
    return [{ type: 'comment.written' as const, commentId, postId, mentions: mentionKeys(body), at: now }]
  })
  await emitAll(tx, events)
  return written
}

const batches = new Batches<Entry, Written | null>({
  run: (db, entries) => transact(db, (tx) => writeAll(tx, entries)),
  size: 50,
  atOnce: 2,
})

/** Writes a comment, answer or reply. @throws Unauthenticated, Forbidden('locked' | 'blocked'), NotFound, Invalid */
export async function writeComment(
  db: Db,
  viewer: Viewer | null,
  input: NewComment,
): Promise<WrittenComment> {
  requireWriter(viewer)
  const { body, errors } = checkBody(input.body, postLimits.comment)
  refuse(errors)
  const entry = { ...input, viewer, body, html: await renderWritten(db, body) }
  const isMore = input.draft || showsFiles({ before: null, body })
  const written = isMore ? await transact(db, (tx) => writeMore(tx, entry)) : await write(db, entry)
  return { ...written, postId: input.postId, body, html: entry.html }
}

const findQuery = `
  select c.id from comments c join comment_versions v on v.comment_id = c.id and v.version = 1 and v.body = $5
  where c.author_id = $1 and c.created_at > $2 and c.post_id = $3 and c.parent_id is not distinct from $4
    and c.deleted_at is null
  order by c.id desc limit 1`

/** Writes what a form sends, or finds the comment that it has become already, as `publishOnce` does. @throws as `writeComment` */
export async function writeCommentOnce(
  db: Db,
  viewer: Viewer | null,
  input: NewComment,
): Promise<{ id: number; isAgain: boolean }> {
  requireWriter(viewer)
  const { postId, parentId = null, draft, now } = input
  const { body } = checkBody(input.body, postLimits.comment)
  return transact(db, async (tx) => {
    await takeTurn(tx, viewer)
    const values = [viewer.id, repeatedSince(now), postId, parentId, body]
    const [there] = await ask<{ id: number }>(tx, findQuery, values)
    if (!there) return { ...(await writeComment(tx, viewer, input)), isAgain: false }
    if (draft) await discardDraft(tx, viewer, draft)
    return { ...there, isAgain: true }
  })
}

async function write(db: Db, entry: Entry): Promise<Written> {
  const { viewer, postId, parentId = null } = entry
  return (await batches.add(db, entry)) ?? explainRefusal(db, viewer, { postId, parentId })
}

/** With what else becomes of it in the same transaction. */
async function writeMore(tx: Db, entry: Entry): Promise<Written> {
  const { viewer, postId, body, draft } = entry
  const written = await write(tx, entry)
  const text = { before: null, body }
  if (showsFiles(text)) await recordFileUses(tx, viewer, { postId, commentId: written.id, ...text })
  if (draft) await discardDraft(tx, viewer, draft)
  return written
}

async function explainRefusal(
  db: Db,
  viewer: Viewer,
  input: { postId: number; parentId: number | null },
): Promise<never> {
  const post = await findVisiblePost(db, viewer, { id: input.postId })
  if (!canComment(viewer, post)) throw new Forbidden(whyNot(post))
  const [parent] = await ask<{ depth: number; authorId: number }>(
    db,
    `select cardinality(path) as depth, author_id as "authorId" from comments
     where id = $1 and post_id = $2 and deleted_at is null`,
    [input.parentId, post.id],
  )
  const answered = parent ? [post.authorId, parent.authorId] : [post.authorId]
  const blocks = await ask(
    db,
    `select from personal_blocks where member_id = any($1) and other_id = $2 and kind = 'block'`,
    [answered, viewer.id],
  )
  if (blocks.length > 0) throw new Forbidden('kept-away')
  throw parent ? invalid('parent', 'too-deep') : invalid('parent', 'no-such-comment')
}
