import { ask, type Db } from '#platform/database.ts'
import { excerptOf } from '#platform/excerpt.ts'

/** What a notification stands for and its reader may see at this moment. */
export type Things = {
  /** Who did it, the latest first; `people` counts them all. */
  names: string[]
  people: number
  avatar: string | null
  actorId: number
  /** The comment with which it began. */
  firstId: number | null
  /** The beginning of what was written last. */
  excerpt: string
}

/** How many people are named; more of them are counted. */
const named = 2
/** Of more things than these nobody is named, and of longer threads no older ones are looked at. */
const most = 100
const mostOfThread = 1000

const away = (author: string) =>
  `exists (select from personal_blocks x where x.member_id = n.member_id and x.other_id = ${author})`
const last = `limit least(n.count, ${most})`
const isOfComments =
  "(n.kind in ('answer', 'reply', 'comment', 'mention') or n.kind = 'follow' and n.what = 'post')"

/** Comments of the notification's bundle: as many as were counted, with those that are gone since. */
const comments = `
  select c.id, c.id as place, c.author_id, c.deleted_at is null as there from (
    select c.id, c.author_id, c.parent_id, c.is_answer, c.deleted_at from comments c
    where ${isOfComments} and c.post_id = n.post_id and c.id <= n.comment_id order by c.id desc limit ${mostOfThread}
  ) c
  where c.author_id <> n.member_id and not ${away('c.author_id')} and case n.kind
    when 'answer' then c.is_answer
    when 'comment' then not c.is_answer
    when 'reply' then c.parent_id = (select r.parent_id from comments r where r.id = n.comment_id)
    when 'mention' then c.id = n.comment_id
    else true end
  order by c.id desc ${last}`

/** A list of several posts names none of them. */
const posts = `
  select p.id, p.id as place, p.author_id, p.deleted_at is null as there from posts p
  where n.kind in ('mention', 'follow') and n.count = 1 and n.comment_id is null and p.id = n.post_id
    and not ${away('p.author_id')}`

const votes = (target: 'post' | 'comment') => `
  select null::bigint as id, (extract(epoch from v.created_at) * 1000)::bigint as place, v.member_id as author_id, true as there
  from ${target}_votes v
  where n.kind = 'vote' and n.count > 1 and (n.comment_id is null) = ${target === 'post'} and v.${target}_id = n.${target}_id
    and v.value = 1 and v.created_at <= n.at and v.member_id <> n.member_id and not ${away('v.member_id')}
  order by v.created_at desc ${last}`

const messages = `
  select null::bigint as id, m.number as place, m.author_id, m.deleted_at is null as there
  from room_members rm join messages m on m.room_id = rm.room_id and m.number > rm.read_number
  where n.kind = 'chat' and rm.room_id = n.room_id and rm.member_id = n.member_id and m.author_id <> n.member_id
    and m.notice is null and not ${away('m.author_id')}
  order by m.number desc ${last}`

const everything = [comments, posts, votes('post'), votes('comment'), messages]

/** One row for each of those who are named. Of a text so much is read as an excerpt may need. */
const thingsQuery = `
  select n.id, g.author_id as "actorId", g.name, g.avatar, g.people, g."firstId", left(case
      when n.kind = 'vote' then null
      when n.kind = 'chat' then (select m.html from messages m where m.room_id = n.room_id and m.number = g.place)
      when n.comment_id is null then (
        select v.html from posts p join post_versions v on v.post_id = p.id and v.version = p.version where p.id = g.place)
      else (
        select v.html from comments c join comment_versions v on v.comment_id = c.id and v.version = c.version where c.id = g.place)
    end, 2000) as html
  from notifications n
  cross join lateral (
    select t.author_id, a.name, a.avatar, max(t.place) as place, count(*) over ()::integer as people, min(min(t.id)) over () as "firstId"
    from (${everything.map((part) => `(${part})`).join(' union all ')}) t
    join members a on a.id = t.author_id and a.name is not null
    where t.there group by t.author_id, a.name, a.avatar order by place desc limit ${named}
  ) g
  where n.id = any($1) order by n.id, g.place desc`

type Row = Omit<Things, 'names' | 'excerpt'> & { id: number; name: string; html: string | null }

/** One question for a whole page of notifications that their reader was found to know of. */
export async function findThings(db: Db, ids: readonly number[]): Promise<Map<number, Things>> {
  const rows = ids.length === 0 ? [] : await ask<Row>(db, thingsQuery, [ids])
  const found = new Map<number, Things>()
  for (const { id, name, html, ...first } of rows) {
    const known = found.get(id)
    if (known) known.names.push(name)
    else found.set(id, { ...first, names: [name], excerpt: html === null ? '' : ownWords(html) })
  }
  return found
}

const excerptLength = 160

/** What they wrote themselves: what they quote is known, or hidden there for a reason. */
function ownWords(html: string): string {
  let text = html
  for (let inner = ''; inner !== text; ) {
    inner = text
    text = text.replace(/<blockquote>(?:(?!<blockquote>)[\s\S])*?<\/blockquote>/g, ' ')
  }
  return excerptOf(text.replace(/<blockquote>[\s\S]*$/, ''), excerptLength)
}
