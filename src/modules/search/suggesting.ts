import type { Viewer } from '#modules/accounts/viewer.ts'
import { readableBoards } from '#modules/boards/boards.ts'
import type { Board } from '#modules/boards/shapes.ts'
import { ask, type Db } from '#platform/database.ts'
import { foldName } from '#platform/text.ts'
import { fold, initialsOf, isInitials } from './analyse.ts'
import { inTime } from './patience.ts'
import { parseQuery, toTsquery } from './query.ts'

export type Suggestion =
  | { kind: 'post'; id: number; title: string }
  | { kind: 'tag' | 'member'; name: string }
  | { kind: 'board'; slug: string; name: string }

const most = { posts: 5, tags: 3, members: 3, boards: 2 }

/** People, tags and boards that are called so, and that the viewer may know of. */
export type Named = Exclude<Suggestion, { kind: 'post' }>

type Asked = { text: string; boards: readonly Board[] }

async function asked(db: Db, viewer: Viewer | null, typed: string): Promise<Asked | null> {
  const text = typed.trim().slice(0, 80)
  return fold(text) === '' ? null : { text, boards: await readableBoards(db, viewer) }
}

export async function suggestNames(db: Db, viewer: Viewer | null, typed: string): Promise<Named[]> {
  const given = await asked(db, viewer, typed)
  if (!given) return []
  const found = await inTime(db, (tx) => names(tx, given))
  return found === 'too slow' ? [] : found
}

/** What somebody who is still typing may mean: names, and titles that the viewer may read. */
export async function suggest(db: Db, viewer: Viewer | null, typed: string): Promise<Suggestion[]> {
  const given = await asked(db, viewer, typed)
  if (!given) return []
  const found = await inTime(db, async (tx) => [
    ...(await names(tx, given)),
    ...(await titles(tx, viewer, { text: given.text, boardIds: given.boards.map((board) => board.id) })),
  ])
  return found === 'too slow' ? [] : found
}

async function names(db: Db, { text, boards }: Asked): Promise<Named[]> {
  const folded = fold(text)
  const fitting = boards.filter(({ name }) => {
    const key = fold(name)
    return key.includes(folded) || (isInitials(folded) && initialsOf(key).includes(folded))
  })
  const boardIds = boards.map((board) => board.id)
  return [
    ...fitting.slice(0, most.boards).map(({ slug, name }) => ({ kind: 'board' as const, slug, name })),
    ...(await tags(db, { folded, boardIds })),
    ...(await members(db, folded)),
  ]
}

const likeText = (text: string) => `${text.replace(/[\\%_]/g, '\\$&')}%`

/** What of a tag is on boards that the viewer may not read changes neither whether it is found nor its place. */
async function tags(db: Db, { folded, boardIds }: { folded: string; boardIds: number[] }): Promise<Named[]> {
  const key = folded.replace(/^#/, '')
  if (key === '') return []
  const where = isInitials(key) ? 'initials(t.name) like $1' : 't.name like $1'
  const readable = `select from posts p
    where p.tags @> array[t.name] and p.deleted_at is null and p.board_id = any($2::bigint[])`
  const rows = await ask<{ name: string }>(
    db,
    `select t.name from (
       select t.name from (
         select t.name from tags t where ${where} and t.posts > 0 order by length(t.name), t.name offset 0
       ) t where exists (${readable}) limit 40
     ) t cross join lateral (select count(*) as posts from (${readable} limit 20) p) seen
     order by seen.posts desc, length(t.name), t.name limit ${most.tags}`,
    [likeText(key), boardIds],
  )
  return rows.map(({ name }) => ({ kind: 'tag', name }))
}

async function members(db: Db, folded: string): Promise<Named[]> {
  const bare = folded.replace(/^@/, '')
  // Names' own folding would turn single consonants into forms that no keyboard types.
  const key = isInitials(bare) ? bare : foldName(bare)
  if (key === '') return []
  const where = isInitials(bare) ? 'initials(name_key) like $1' : 'name_key like $1'
  const rows = await ask<{ name: string }>(
    db,
    `select name from members where ${where} and name is not null and withdrawn_at is null
     order by length(name_key), name_key limit ${most.members}`,
    [likeText(key)],
  )
  return rows.map(({ name }) => ({ kind: 'member', name }))
}

async function titles(
  db: Db,
  viewer: Viewer | null,
  { text, boardIds }: { text: string; boardIds: number[] },
): Promise<Suggestion[]> {
  const query = parseQuery(text)
  const wanted = toTsquery(query, 'title')
  if (wanted === null) return []
  const rows = await ask<{ id: number; title: string }>(
    db,
    `select p.id, p.title from (
       select post_id from search_posts where tokens @@ $1::tsquery order by post_id desc offset 0
     ) s cross join lateral (
       select p.id, p.title from posts p where p.id = s.post_id and p.deleted_at is null and p.board_id = any($2::bigint[])
         and not exists (select from personal_blocks x where x.member_id = $3::bigint and x.other_id = p.author_id)
       offset 0
     ) p limit 30`,
    [wanted, boardIds, viewer?.id ?? null],
  )
  const words = query.words.flatMap((word) => word.parts).map((part) => part.stem)
  const holds = (title: string) => {
    const key = fold(title)
    return words.every((word) => key.includes(word) || (isInitials(word) && initialsOf(key).includes(word)))
  }
  const seen = new Set<string>()
  return rows
    .filter(({ title }) => holds(title) && !seen.has(title) && seen.add(title))
    .slice(0, most.posts)
    .map(({ id, title }) => ({ kind: 'post', id, title }))
}
