import type { Viewer } from '#modules/accounts/viewer.ts'
import { ask, type Db } from '#platform/database.ts'
import { cleanLine, foldName } from '#platform/text.ts'
import { fold, initialsOf, isInitials } from './analyse.ts'
import { findTitled, shareOf } from './candidates.ts'
import { frequenciesFor } from './frequencies.ts'
import { otherLayout } from './keyboard.ts'
import { inTime } from './patience.ts'
import { parseQuery, type Query, textOfQuery } from './query.ts'
import { termsOf } from './ranking.ts'
import { findScope, type Scope } from './scope.ts'
import { lettersOf } from './spelling.ts'
import { titlesOf } from './texts.ts'

export type Suggestion =
  | { kind: 'post'; id: number; title: string }
  | { kind: 'tag' | 'member'; name: string }
  | { kind: 'board'; slug: string; name: string }

const most = { posts: 5, tags: 3, members: 3, boards: 2 }

/** People, tags and boards that are called so, and that the viewer may know of. */
export type Named = Exclude<Suggestion, { kind: 'post' }>

type Asked = { text: string; query: Query; scope: Scope; fits: (label: string) => boolean }

const clean = (typed: string) => cleanLine(typed.slice(0, 400)).slice(0, 80)

/** `fits`: which of what is found may be meant. */
async function asked(
  db: Db,
  viewer: Viewer | null,
  { text, fits = () => true }: Typed,
): Promise<Asked | null> {
  if (fold(text) === '') return null
  const query = parseQuery(text)
  const { filters, excluded } = query
  const scope = await findScope(db, viewer, { filters, excluded, timeZone: 'UTC' })
  return scope && { text, query, scope, fits }
}

export async function suggestNames(db: Db, viewer: Viewer | null, typed: string): Promise<Named[]> {
  const given = await asked(db, viewer, { text: clean(typed) })
  if (!given) return []
  const found = await inTime(db, (tx) => names(tx, given))
  return found === 'too slow' ? [] : found
}

/**
 * What somebody who is still typing may mean: names, and titles that the viewer may read. Where there is nothing: what
 * goes on with the letters of a last syllable that is half typed ("청손" is on its way to 청소년), or what stands on the
 * other keyboard layout.
 */
export async function suggest(db: Db, viewer: Viewer | null, typed: string): Promise<Suggestion[]> {
  const text = clean(typed)
  const found = await suggestFor(db, viewer, { text })
  if (found.length > 0) return found
  const sure = sureOf(text)
  const going = sure === null ? [] : await suggestFor(db, viewer, sure)
  if (going.length > 0) return going
  const meant = otherLayout(text)
  return meant === null ? [] : suggestFor(db, viewer, { text: meant })
}

/** A text, and which of what it finds may be meant. */
type Typed = { text: string; fits?: (label: string) => boolean }

/**
 * What is sure of what is being typed. The last consonant of Korean may begin the next syllable, and its last open
 * syllable may get one; a Latin letter by itself begins a word. null: nothing of it may change.
 */
function sureOf(text: string): Typed | null {
  const [, before, letter] = /^(.*\S)\s([A-Za-z])$/.exec(text) ?? []
  if (before !== undefined && letter !== undefined) {
    const begins = new RegExp(`(?<![\\p{L}\\p{N}])${letter}`, 'iu')
    return { text: before, fits: (label) => begins.test(label) }
  }
  const last = text.slice(-1)
  if (isInitials(text) || !/[\u3131-\u314e\uac00-\ud7a3]/.test(last)) return null
  const place = last.charCodeAt(0) - 0xac00
  const close = place < 0 ? 0 : place % 28
  const letters = lettersOf(fold(text))
  return {
    text: text.slice(0, -1) + (close > 0 ? String.fromCharCode(last.charCodeAt(0) - close) : ''),
    fits: (label) => lettersOf(fold(label)).includes(letters),
  }
}

async function suggestFor(db: Db, viewer: Viewer | null, one: Typed): Promise<Suggestion[]> {
  const given = await asked(db, viewer, one)
  if (!given) return []
  const found = await inTime(db, async (tx) => [...(await names(tx, given)), ...(await titles(tx, given))])
  return found === 'too slow' ? [] : found
}

async function names(db: Db, { text, scope: { boards, boardIds }, fits }: Asked): Promise<Named[]> {
  const folded = fold(text)
  const fitting = boards.filter(({ name }) => {
    const key = fold(name)
    return key.includes(folded) || (isInitials(folded) && initialsOf(key).includes(folded))
  })
  const found: Named[] = [
    ...fitting.slice(0, most.boards).map(({ slug, name }) => ({ kind: 'board' as const, slug, name })),
    ...(await tags(db, { folded, boardIds })).map(({ name }) => ({ kind: 'tag' as const, name })),
    ...(await members(db, folded)),
  ]
  return found.filter(({ name }) => fits(name))
}

const lookedInside = 20_000
const likeText = (text: string) => `${text.replace(/[\\%_]/g, '\\$&')}%`

export type CountedTag = { name: string; posts: number }
type TagQuestion = { folded: string; boardIds: number[]; limit?: number; upTo?: number }

/** Tags that begin so, with how many posts the viewer may read of each, up to 100; the most used first. */
export async function tagsByPrefix(
  db: Db,
  viewer: Viewer | null,
  { prefix, limit }: { prefix: string; limit: number },
): Promise<CountedTag[]> {
  const folded = fold(clean(prefix)).replaceAll(' ', '-')
  const scope = folded === '' ? null : await findScope(db, viewer, { timeZone: 'UTC' })
  if (!scope) return []
  const found = await inTime(db, (tx) => tags(tx, { folded, boardIds: scope.boardIds, limit, upTo: 100 }))
  return found === 'too slow' ? [] : found
}

/** What of a tag is on boards that the viewer may not read changes neither whether it is found nor its place. */
async function tags(
  db: Db,
  { folded, boardIds, limit = most.tags, upTo = 20 }: TagQuestion,
): Promise<CountedTag[]> {
  const key = folded.replace(/^#/, '')
  if (key === '') return []
  const where = isInitials(key) ? 'initials(t.name) like $1' : 't.name like $1'
  const readable = `select from post_tags k join posts p on p.id = k.post_id
    where k.tag = t.name and p.deleted_at is null and p.board_id = any($2::bigint[])`
  return ask<CountedTag>(
    db,
    `select t.name, seen.posts::integer as posts from (
       select t.name from (
         select t.name from tags t where ${where} and t.posts > 0 order by length(t.name), t.name offset 0
       ) t where exists (${readable}) limit 40
     ) t cross join lateral (select count(*) as posts from (${readable} limit $3) p) seen
     order by seen.posts desc, length(t.name), t.name limit $4`,
    [likeText(key), boardIds, upTo, limit],
  )
}

async function members(db: Db, folded: string): Promise<Named[]> {
  const bare = folded.replace(/^@/, '')
  // Names' own folding would turn single consonants into forms that no keyboard types.
  const key = isInitials(bare) ? bare : foldName(bare)
  if (key === '') return []
  const where = isInitials(bare) ? 'initials(name_key) like $1' : 'name_key like $1'
  const named = (from: string, like: string) =>
    ask<{ name: string }>(
      db,
      `select name from ${from} where ${where} and name is not null and withdrawn_at is null
       order by length(name_key), name_key limit ${most.members}`,
      [like],
    )
  let rows = await named('members', likeText(key))
  // Inside a name no index knows it: of so many members it is looked for all the same.
  if (rows.length === 0 && key.length > 1)
    rows = await named(
      `(select * from members order by id desc limit ${lookedInside}) m`,
      `%${likeText(key)}`,
    )
  return rows.map(({ name }) => ({ kind: 'member', name }))
}

async function titles(db: Db, { query, scope, fits }: Asked): Promise<Suggestion[]> {
  const share = await shareOf(db, query, await frequenciesFor(db, termsOf(textOfQuery(query))))
  const rows = await titlesOf(db, await findTitled(db, { query, scope, share, limit: 30, of: 2000 }))
  const words = query.words.flatMap((word) => word.parts).map((part) => part.stem)
  const holds = (title: string) => {
    const key = fold(title)
    return words.every((word) => key.includes(word) || (isInitials(word) && initialsOf(key).includes(word)))
  }
  const seen = new Set<string>()
  return rows
    .filter(({ title }) => holds(title) && fits(title) && !seen.has(title) && seen.add(title))
    .slice(0, most.posts)
    .map(({ id, title }) => ({ kind: 'post', id, title }))
}
