import { checkTags, postLimits } from '#modules/posts/rules.ts'
import { cleanLine, cleanText, lengthOf } from '#platform/text.ts'

/** A row that cannot come in; the message stands in the report. */
export class BrokenRow extends Error {
  override readonly name = 'BrokenRow'
}

const shape = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)\s*(Z|[+-]\d\d:?\d\d)?$/i
const eldest = Date.UTC(1990, 0, 1)

/** An instant; without a zone it is UTC. @throws BrokenRow when it is none, before 1990, or more than a day after `now` */
export function readDate(text: string | undefined, field: string, now: Date): Date {
  if (text === undefined || text === '') throw new BrokenRow(`${field} is missing`)
  const [, day = '', time = '', zone = 'Z'] = shape.exec(text) ?? []
  const date = new Date(`${day}T${time.slice(0, 12)}${zone}`)
  if (Number.isNaN(date.getTime()) || new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) !== day) {
    throw new BrokenRow(`${field} is no date: ${text.slice(0, 40)}`)
  }
  if (date.getTime() < eldest) throw new BrokenRow(`${field} is before 1990: ${text.slice(0, 40)}`)
  if (date.getTime() > now.getTime() + 86_400_000)
    throw new BrokenRow(`${field} lies in the future: ${text.slice(0, 40)}`)
  return date
}

/** A whole number of at most 15 digits. @throws BrokenRow */
export function readNumber(text: string | undefined, field: string): number {
  if (text === undefined || text === '') throw new BrokenRow(`${field} is missing`)
  if (!/^-?\d{1,15}$/.test(text)) throw new BrokenRow(`${field} is no number: ${text.slice(0, 40)}`)
  return Number(text)
}

export function readOptionalNumber(text: string | undefined, field: string): number | null {
  return text === undefined || text === '' ? null : readNumber(text, field)
}

/** Scores fit into PostgreSQL's integer. */
export function readScore(text: string | undefined): number {
  const score = readOptionalNumber(text, 'Score') ?? 0
  return Math.max(-1_000_000_000, Math.min(1_000_000_000, score))
}

const longestText = 100_000

/** Text for a body, at most 100,000 characters; `onCut` hears when there was more. */
export function fitBody(text: string, onCut: () => void): string {
  const body = cleanText(text).replace(/\s+$/u, '')
  if (body.length <= longestText) return body
  onCut()
  return `${cleanText(body.slice(0, longestText))}…`
}

export function fitTitle(text: string, onCut: () => void): string {
  const title = cleanLine(text)
  if (lengthOf(title) <= postLimits.title) return title
  onCut()
  return `${Array.from(title)
    .slice(0, postLimits.title - 1)
    .join('')}…`
}

/** At most five tags, made to fit our rules (".net" is "net" here); `onCut` hears when some were left out. */
export function fitTags(tags: readonly string[], onCut: () => void): string[] {
  const fitting = tags.flatMap((tag) => {
    const readable = tag.replace(/^[^\p{L}\p{N}]+/u, '').replace(/[^\p{L}\p{M}\p{N}\s.+#_-]+/gu, '-')
    return checkTags([Array.from(readable).slice(0, postLimits.tag).join('')]).tags
  })
  const different = [...new Set(fitting)]
  if (different.length > postLimits.tags) onCut()
  return different.slice(0, postLimits.tags)
}
