import { ask, type Db } from '#platform/database.ts'

/** What can be told of a thing now, for readers of `levels`; null when it is gone or not theirs to know. */

type Author = { authorId: number; authorName: string | null }
type PostFacts = Author & {
  id: number
  title: string
  kind: string
  tags: string[]
  body: string
  slug: string
  boardName: string
}

export async function postFacts(db: Db, id: number, levels: readonly string[]): Promise<PostFacts | null> {
  const [row] = await ask<PostFacts>(
    db,
    `select p.id, p.title, p.kind, p.tags, v.body, b.slug, b.name as "boardName", p.author_id as "authorId",
            m.name as "authorName"
     from posts p join boards b on b.id = p.board_id join members m on m.id = p.author_id
     join post_versions v on v.post_id = p.id and v.version = p.version
     where p.id = $1 and p.deleted_at is null and b.read_by = any($2)`,
    [id, levels],
  )
  return row ?? null
}

type CommentFacts = Author & {
  id: number
  parentId: number | null
  isAnswer: boolean
  body: string
  postId: number
  title: string
  slug: string
  boardName: string
}

export async function commentFacts(
  db: Db,
  id: number,
  levels: readonly string[],
): Promise<CommentFacts | null> {
  const [row] = await ask<CommentFacts>(
    db,
    `select c.id, c.parent_id as "parentId", c.is_answer as "isAnswer", v.body, p.id as "postId", p.title, b.slug,
            b.name as "boardName", c.author_id as "authorId", m.name as "authorName"
     from comments c join posts p on p.id = c.post_id join boards b on b.id = p.board_id
     join members m on m.id = c.author_id
     join comment_versions v on v.comment_id = c.id and v.version = c.version
     where c.id = $1 and c.deleted_at is null and p.deleted_at is null and b.read_by = any($2)`,
    [id, levels],
  )
  return row ?? null
}

type ReportFacts = { id: number; postId: number; commentId: number | null; title: string }

/** That there is one, and about what: who reported and what they said stays with the moderators. */
export async function reportFacts(
  db: Db,
  id: number,
  levels: readonly string[],
): Promise<ReportFacts | null> {
  const [row] = await ask<ReportFacts>(
    db,
    `select r.id, r.post_id as "postId", r.comment_id as "commentId", p.title
     from reports r join posts p on p.id = r.post_id join boards b on b.id = p.board_id
     left join comments c on c.id = r.comment_id
     where r.id = $1 and r.outcome is null and p.deleted_at is null and c.deleted_at is null and b.read_by = any($2)`,
    [id, levels],
  )
  return row ?? null
}

export async function memberFacts(db: Db, id: number): Promise<{ id: number; name: string } | null> {
  const [row] = await ask<{ id: number; name: string }>(
    db,
    'select id, name from members where id = $1 and name is not null and approval is null',
    [id],
  )
  return row ?? null
}

/** The id of a post that is deleted still, and was to be known of; nothing else of it is told. */
export async function deletedPost(db: Db, id: number, levels: readonly string[]): Promise<number | null> {
  const [row] = await ask<{ id: number }>(
    db,
    `select p.id from posts p join boards b on b.id = p.board_id
     where p.id = $1 and p.deleted_at is not null and b.read_by = any($2)`,
    [id, levels],
  )
  return row?.id ?? null
}

/** The same of a comment, with its post. */
export async function deletedComment(
  db: Db,
  id: number,
  levels: readonly string[],
): Promise<{ id: number; postId: number } | null> {
  const [row] = await ask<{ id: number; postId: number }>(
    db,
    `select c.id, c.post_id as "postId" from comments c join posts p on p.id = c.post_id
     join boards b on b.id = p.board_id
     where c.id = $1 and c.deleted_at is not null and b.read_by = any($2)`,
    [id, levels],
  )
  return row ?? null
}
