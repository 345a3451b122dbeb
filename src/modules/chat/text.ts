import { imagesIn } from '#modules/files/files.ts'
import { ask, type Db } from '#platform/database.ts'
import { refuse } from '#platform/errors.ts'
import { escapeHtml } from '#platform/html.ts'
import { mentionedNames, plainText, renderMarkdown } from '#platform/markdown.ts'
import { cleanText, foldName, textErrors } from '#platform/text.ts'
import { chatLimits, type Preview } from './shapes.ts'

/** A message's text, ready to be stored. */
export type Written = { body: string; html: string; mentions: number[]; posts: number[] }

/** @throws Invalid */
export function checkMessage(typed: string): string {
  // Lines of nothing at the ends say nothing.
  const body = cleanText(typed).trim()
  refuse(textErrors(body, { field: 'body', limit: chatLimits.message }))
  return body
}

/** Text in which Markdown finds nothing to do: most of what people say to each other. */
const plain = /^[\p{L}](?:[\p{L}\p{M}\p{N} ,?…~^ㅋㅎㅠ]|[.!](?=[ .!]|$))*$/u

/** Renders Markdown; who is named is looked for in the room alone, so that nobody learns who is elsewhere. */
export async function writeText(
  db: Db,
  given: { body: string; roomId: number; origin: string },
): Promise<Written> {
  const { body } = given
  if (plain.test(body) && !body.includes('~~'))
    return { body, html: `<p>${escapeHtml(body)}</p>\n`, mentions: [], posts: [] }
  const keys = mentionedNames(body).map(foldName)
  const people = await membersHere(db, given.roomId, keys)
  const mentions = new Map(people.map((one) => [one.key, one.name]))
  const images = await imagesIn(db, body)
  return {
    body,
    html: renderMarkdown(body, { mentions, images }),
    mentions: people.map((one) => one.id),
    posts: postsIn(body, given.origin),
  }
}

/** A picture that was put up here: its words are a file's name. */
const ownPicture = /!\[(?:\\.|[^\]\\])*\]\(\/files\/[^)\s]*\)/g

export function previewOf(body: string): Preview {
  const said = body.replace(ownPicture, '')
  return { text: plainText(said, 80), picture: said !== body }
}

async function membersHere(
  db: Db,
  roomId: number,
  keys: readonly string[],
): Promise<{ id: number; key: string; name: string }[]> {
  if (keys.length === 0) return []
  return ask(
    db,
    `select m.id, m.name_key as key, m.name from room_members x join members m on m.id = x.member_id
     where x.room_id = $1 and m.name_key = any($2) and m.name is not null`,
    [roomId, keys],
  )
}

/** Ids of the posts of this site that a text links to, at most three. */
export function postsIn(body: string, origin: string): number[] {
  if (!body.includes('/p/')) return []
  const found = new Set<number>()
  for (const match of body.matchAll(/\/p\/(\d{1,15})(?!\w)/g)) {
    const before = /[^\s()<>[\]]*$/.exec(body.slice(Math.max(0, match.index - 200), match.index))?.[0] ?? ''
    if (before === '' || before === origin) found.add(Number(match[1]))
    if (found.size === 3) break
  }
  return [...found]
}
