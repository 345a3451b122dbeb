import { ask, type Db, transact } from '#platform/database.ts'
import { Pace, type PaceOptions } from '#platform/pace.ts'
import { analyserVersion } from './analyse.ts'
import { indexComments, indexPosts } from './documents.ts'
import { countFrequencies, findSample } from './frequencies.ts'

export type ReindexOptions = PaceOptions & {
  now: Date
  /** Every row anew, also those that are as they should be. */
  all?: boolean
  onProgress?: (step: { phase: string; done: number; total: number }) => void
}
export type Reindexed = { posts: number; comments: number; finished: boolean }

const batch = 100

type PostRow = { id: number; title: string; tags: string[]; html: string }
type CommentRow = { id: number; postId: number; html: string }

/**
 * Puts into the search what is missing there or was put by an older analyser. Searches and writes go on meanwhile; when
 * it is stopped, the next call goes on. From the newest on: those are asked for most, and what frequent words are
 * found by. A row is locked while its text is read: an edit meanwhile is not written over.
 */
export async function reindex(db: Db, options: ReindexOptions): Promise<Reindexed> {
  const done: Reindexed = { posts: 0, comments: 0, finished: false }
  const place = options.all ? await readPlace(db) : { posts: newest, comments: newest }
  const total = await countAll(db)
  const isStopped = () => options.signal?.aborted ?? false
  const pace = new Pace(options)
  const all = options.all ?? false
  for (const phase of ['posts', 'comments'] as const) {
    while (!isStopped()) {
      const ids = await nextIds(db, phase, { before: place[phase], all })
      if (ids.length === 0) break
      place[phase] = ids.at(-1) ?? 0
      done[phase] += await transact(db, async (tx) => {
        const count = phase === 'posts' ? await redoPosts(tx, ids) : await redoComments(tx, ids)
        if (all) await keepPlace(tx, place)
        return count
      })
      options.onProgress?.({ phase, done: done[phase], total: total[phase] })
      await pace.step()
    }
  }
  if (isStopped()) return done
  if (options.all) await ask(db, `delete from settings where name = 'reindex'`, [])
  await countFrequencies(db, options)
  return { ...done, finished: true }
}

const postQuery = `
  select p.id, p.title, p.tags, v.html from posts p join post_versions v on v.post_id = p.id and v.version = p.version
  where p.id = any($1::bigint[]) order by p.id for share of p`
const commentQuery = `
  select c.id, c.post_id as "postId", v.html from comments c
  join comment_versions v on v.comment_id = c.id and v.version = c.version
  where c.id = any($1::bigint[]) order by c.id for share of c`

async function redoPosts(tx: Db, ids: readonly number[]): Promise<number> {
  const rows = await ask<PostRow>(tx, postQuery, [ids])
  await indexPosts(tx, rows)
  return rows.length
}

async function redoComments(tx: Db, ids: readonly number[]): Promise<number> {
  const rows = await ask<CommentRow>(tx, commentQuery, [ids])
  await indexComments(tx, rows)
  return rows.length
}

/** Ids looked through by one statement: the whole of a large table would take longer than a statement may. */
const span = 50_000

/** The next rows to index below an id, the highest first; empty when there are none. */
async function nextIds(
  db: Db,
  table: 'posts' | 'comments',
  { before, all }: { before: number; all: boolean },
): Promise<number[]> {
  const [index, key] = table === 'posts' ? ['search_posts', 'post_id'] : ['search_comments', 'comment_id']
  const stale = all ? '' : `and (s.${key} is null or s.analyser <> ${analyserVersion})`
  const [last] = await ask<{ id: number | null }>(db, `select max(id) as id from ${table} where id < $1`, [
    before,
  ])
  for (let from = last?.id ?? 0; from > 0; from -= span) {
    const rows = await ask<{ id: number }>(
      db,
      `select t.id from ${table} t left join ${index} s on s.${key} = t.id
       where t.id <= $1 and t.id > $1::bigint - ${span} ${stale} order by t.id desc limit ${batch}`,
      [from],
    )
    if (rows.length > 0) return rows.map((row) => row.id)
  }
  return []
}

async function countAll(db: Db): Promise<{ posts: number; comments: number }> {
  const [row] = await ask<{ posts: number; comments: number }>(
    db,
    'select (select count(*) from posts)::int as posts, (select count(*) from comments)::int as comments',
    [],
  )
  return row ?? { posts: 0, comments: 0 }
}

/** Ids below which nothing was redone yet. */
type Place = { posts: number; comments: number }

const newest = Number.MAX_SAFE_INTEGER

async function readPlace(db: Db): Promise<Place> {
  const [row] = await ask<{ posts: number | null; comments: number | null }>(
    db,
    `select (value->>'posts')::bigint as posts, (value->>'comments')::bigint as comments from settings where name = 'reindex'`,
    [],
  )
  return { posts: row?.posts ?? newest, comments: row?.comments ?? newest }
}

async function keepPlace(tx: Db, place: Place): Promise<void> {
  await ask(
    tx,
    `insert into settings (name, value) values ('reindex', $1::jsonb) on conflict (name) do update set value = $1::jsonb`,
    [JSON.stringify(place)],
  )
}

const day = 86_400_000

/**
 * Keeps the search in order by itself, every hour and after an upgrade: what is missing in it is put there, and how
 * frequent words are is counted anew when that is a day old or the site has grown by a third.
 */
export async function tendSearch(
  db: Db,
  given: { now: Date; signal?: AbortSignal },
): Promise<Reindexed | null> {
  const options = { ...given, gently: true }
  const missing = (await nextIds(db, 'posts', { before: newest, all: false })).length > 0
  const missingComments = (await nextIds(db, 'comments', { before: newest, all: false })).length > 0
  if (missing || missingComments) return reindex(db, options)
  const sample = await findSample(db)
  const [size] = await ask<{ posts: number }>(
    db,
    `select coalesce(sum(posts), 0)::int as posts from boards where read_by = 'everyone'`,
    [],
  )
  const hasGrown = sample !== null && sample.docs < 10_000 && (size?.posts ?? 0) > sample.docs * 1.3
  if (!sample || hasGrown || given.now.getTime() - sample.takenAt.getTime() > day)
    await countFrequencies(db, options)
  return null
}
