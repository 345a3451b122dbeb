import { Readable } from 'node:stream'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { keyOf } from '#modules/files/names.ts'
import { ask, type Db } from '#platform/database.ts'
import type { Storage } from '#platform/storage/shapes.ts'
import { ZipWriter } from '#platform/zip.ts'

/** Rows read at a time: what is in memory, however much a person wrote. */
const batch = 500

/**
 * What a person's archive holds, a file each. Every text takes the member's id, the last id seen and the batch size;
 * what belongs to others (who voted, who reported) is not in it.
 */
const parts: Record<string, string> = {
  'posts.jsonl': `
    select p.id, b.slug as board, p.kind, p.title, p.tags, v.body, p.created_at as "createdAt", p.edited_at as "editedAt",
           p.deleted_at as "deletedAt", p.votes, p.comments
    from posts p join boards b on b.id = p.board_id join post_versions v on v.post_id = p.id and v.version = p.version
    where p.author_id = $1 and p.id > $2 order by p.id limit $3`,
  'comments.jsonl': `
    select c.id, c.post_id as post, c.parent_id as parent, v.body, c.created_at as "createdAt", c.edited_at as "editedAt",
           c.deleted_at as "deletedAt", c.votes
    from comments c join comment_versions v on v.comment_id = c.id and v.version = c.version
    where c.author_id = $1 and c.id > $2 order by c.id limit $3`,
  'post-versions.jsonl': `
    select p.id, v.version, v.title, v.tags, v.body, v.created_at as at, v.note
    from (select id from posts where author_id = $1 and id > $2 order by id limit $3) p
    join post_versions v on v.post_id = p.id and v.by_id = $1 order by p.id, v.version`,
  'comment-versions.jsonl': `
    select c.id, v.version, v.body, v.created_at as at
    from (select id from comments where author_id = $1 and id > $2 order by id limit $3) c
    join comment_versions v on v.comment_id = c.id and v.by_id = $1 order by c.id, v.version`,
  'votes.jsonl': `
    select post_id as id, value, created_at as at from post_votes
    where member_id = $1 and post_id > $2 order by post_id limit $3`,
  'comment-votes.jsonl': `
    select comment_id as id, value, created_at as at from comment_votes
    where member_id = $1 and comment_id > $2 order by comment_id limit $3`,
  'bookmarks.jsonl': `
    select post_id as id, created_at as at from bookmarks where member_id = $1 and post_id > $2 order by post_id limit $3`,
  'reading.jsonl': `
    select post_id as id, read_at as "readAt" from post_reads
    where member_id = $1 and post_id > $2 order by post_id limit $3`,
  'drafts.jsonl': `
    select id, target, title, body, tags, updated_at as "updatedAt" from drafts
    where member_id = $1 and id > $2 order by id limit $3`,
  'reports.jsonl': `
    select id, post_id as post, comment_id as comment, reason, detail, created_at as at, outcome from reports
    where by_id = $1 and id > $2 order by id limit $3`,
  'notifications.jsonl': `
    select id, kind, what, post_id as post, comment_id as comment, tag, count, note, at, read_at as "readAt" from notifications
    where member_id = $1 and id > $2 order by id limit $3`,
  'follows.jsonl': `
    select id, board_id as board, post_id as post, tag, other_id as member, level, created_at as at from follows
    where member_id = $1 and id > $2 order by id limit $3`,
  'kept-away.jsonl': `
    select x.other_id as id, m.name, x.kind, x.created_at as at from personal_blocks x join members m on m.id = x.other_id
    where x.member_id = $1 and x.other_id > $2 order by x.other_id limit $3`,
  'pictures.jsonl': `
    select id, name, kind, title, width, height, bytes, created_at as at from files
    where uploader_id = $1 and removed_at is null and id > $2 order by id limit $3`,
  'sign-ins.jsonl': `
    select id, way, refused, agent, network, created_at as at from sign_ins
    where member_id = $1 and id > $2 order by id limit $3`,
}

const profileQuery = `
  select id, name, email, role, about, country, language, theme, time_zone as "timeZone", created_at as "createdAt",
         (select json_agg(json_build_object('kind', s.kind, 'page', s.page, 'mail', s.mail, 'push', s.push))
          from notification_settings s where s.member_id = members.id) as "notificationSettings",
         (select json_agg(json_build_object('endpoint', p.endpoint, 'createdAt', p.created_at))
          from push_subscriptions p where p.member_id = members.id) as "pushSubscriptions"
  from members where id = $1`

const sessionsQuery = `
  select kind, agent, network, created_at as "createdAt", seen_at as "seenAt" from sessions where member_id = $1`

type Picture = { name: string; largest: number }
const picturesQuery = `
  select name, sizes[cardinality(sizes)] as largest from files
  where uploader_id = $1 and removed_at is null order by id limit 10000`

const readme = `Everything this site keeps about you.

profile.json        your account
pictures/           what you uploaded, by the names in pictures.jsonl
*.jsonl             one JSON object a line; times in UTC
Bodies are Markdown. Ids are those of the site's addresses: /p/ID for posts, /c/ID for comments.
`

/** A part, row after row: each batch is asked for when the one before has been sent. */
async function* lines(db: Db, viewer: Viewer, text: string): AsyncGenerator<string> {
  for (let last = 0; ; ) {
    const rows = await ask<{ id: number }>(db, text, [viewer.id, last, batch])
    if (rows.length === 0) return
    yield `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`
    last = rows.at(-1)?.id ?? last
  }
}

type Keep = { db: Db; storage: Storage }

/** The archive of everything about the viewer, as a stream of a ZIP file; its parts are read while it is sent. */
export async function exportPerson(keep: Keep, viewer: Viewer, now: Date): Promise<NodeJS.ReadableStream> {
  const [profile] = await ask(keep.db, profileQuery, [viewer.id])
  const sessions = await ask(keep.db, sessionsQuery, [viewer.id])
  const zip = await ZipWriter.make()
  const texts = {
    'README.txt': readme,
    'profile.json': JSON.stringify({ ...(profile as object), sessions }, null, 2),
  }
  fill(zip, keep, { viewer, texts, date: now }).catch((error: Error) => zip.destroy(error))
  return zip.stream
}

type Given = { viewer: Viewer; texts: Record<string, string>; date: Date }

async function fill(zip: ZipWriter, { db, storage }: Keep, { viewer, texts, date }: Given): Promise<void> {
  for (const [name, text] of Object.entries(texts)) await zip.add(text, { name, date })
  for (const [name, text] of Object.entries(parts))
    await zip.add(Readable.from(lines(db, viewer, text), { objectMode: false }), { name, date })
  for (const { name, largest } of await ask<Picture>(db, picturesQuery, [viewer.id])) {
    const stored = await storage.get(keyOf(name, largest))
    if (stored) await zip.add(stored.stream, { name: `pictures/${name}.webp`, date, packed: true })
  }
  zip.end()
}
