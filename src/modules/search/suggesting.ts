import type { Viewer } from '#modules/accounts/viewer.ts'
import { ask, type Db } from '#platform/database.ts'
import { cleanLine, foldName } from '#platform/text.ts'
import { fold, initialsOf, isInitials } from './analyse.ts'
import { findTitled, shareOf } from './candidates.ts'
import { otherLayout } from './keyboard.ts'
import { inTime } from './patience.ts'
import { parseQuery } from './query.ts'
import { findScope, type Scope } from './scope.ts'

export type Suggestion =
  | { kind: 'post'; id: number; title: string }
  | { kind: 'tag' | 'member'; name: string }
  | { kind: 'board'; slug: string; name: string }

const most = { posts: 5, tags: 3, members: 3, boards: 2 }

/** People, tags and boards that are called so, and that the viewer may know of. */
export type Named = Exclude<Suggestion, { kind: 'post' }>

type Asked = { text: string; scope: Scope }

async function asked(db: Db, viewer: Viewer | null, typed: string): Promise<Asked | null> {
  const text = cleanLine(typed.slice(0, 400)).slice(0, 80)
  if (fold(text) === '') return null
  const scope = await findScope(db, viewer, { timeZone: 'UTC' })
  return scope && { text, scope }
}

export async function suggestNames(db: Db, viewer: Viewer | null, typed: string): Promise<Named[]> {
  const given = await asked(db, viewer, typed)
  if (!given) return []
  const found = await inTime(db, (tx) => names(tx, given))
  return found === 'too slow' ? [] : found
}

/**
 * What somebody who is still typing may mean: names, and titles that the viewer may read; of the other keyboard layout
 * where there is nothing of this one.
 */
export async function suggest(db: Db, viewer: Viewer | null, typed: string): Promise<Suggestion[]> {
  const found = await suggestFor(db, viewer, typed)
  const meant = found.length === 0 ? otherLayout(typed) : null
  return meant === null ? found : suggestFor(db, viewer, meant)
}

async function suggestFor(db: Db, viewer: Viewer | null, typed: string): Promise<Suggestion[]> {
  const given = await asked(db, viewer, typed)
  if (!given) return []
  const found = await inTime(db, async (tx) => [...(await names(tx, given)), ...(await titles(tx, given))])
  return found === 'too slow' ? [] : found
}

async function names(db: Db, { text, scope: { boards, boardIds } }: Asked): Promise<Named[]> {
  const folded = fold(text)
  const fitting = boards.filter(({ name }) => {
    const key = fold(name)
    return key.includes(folded) || (isInitials(folded) && initialsOf(key).includes(folded))
  })
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

async function titles(db: Db, { text, scope }: Asked): Promise<Suggestion[]> {
  const query = parseQuery(text)
  const share = await shareOf(db, query)
  const found = await findTitled(db, { query, scope, share, limit: 30, of: 2000 })
  const rows = await ask<{ id: number; title: string }>(
    db,
    `select p.id, p.title from unnest($1::bigint[]) with ordinality as t (id, n) join posts p on p.id = t.id order by t.n`,
    [found.map((one) => one.postId)],
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
