import { ask, type Db } from '#platform/database.ts'
import { cleanLine } from '#platform/text.ts'
import { readNumber } from './fields.ts'
import type { Site } from './stackexchange-site.ts'
import type { Row } from './xml-rows.ts'

const [closed, reopened] = [10, 11]

/** What the numbers in `Comment` of a closing stand for: those of today, then those until 2013. In the source's words. */
const words = new Map([
  ['101', 'duplicate'],
  ['102', 'off-topic'],
  ['103', 'needs details or clarity'],
  ['104', 'needs more focus'],
  ['105', 'opinion-based'],
  ['1', 'exact duplicate'],
  ['2', 'off-topic'],
  ['3', 'not constructive'],
  ['4', 'not a real question'],
  ['7', 'too localized'],
  ['10', 'general reference'],
  ['20', 'noise or pointless'],
])

const mostCharacters = 500

/** Why questions that Posts.xml names closed were closed: of each the last closing that was not taken back. */
export class Closings {
  readonly #site: Site
  readonly #reasons = new Map<number, string>()

  constructor(site: Site) {
    this.#site = site
  }

  take({ values }: Row): void {
    const type = readNumber(values['PostHistoryTypeId'], 'PostHistoryTypeId')
    if (type !== closed && type !== reopened) return
    const question = this.#site.questions.get(String(readNumber(values['PostId'], 'PostId')))
    if (!question) return
    const reason = type === closed ? this.#reasonOf(values) : ''
    if (reason) this.#reasons.set(question.id, reason)
    else this.#reasons.delete(question.id)
  }

  #reasonOf({ Comment = '', Text = '' }: Row['values']): string {
    const word = words.get(Comment.trim()) ?? ''
    const titles = originalsOf(Text).flatMap((id) => this.#site.questions.get(id)?.title ?? [])
    const reason = [word || 'duplicate', titles.map((title) => `“${title}”`).join(', ')]
    const text = cleanLine(titles.length > 0 ? reason.join(': ') : word)
    return Array.from(text).slice(0, mostCharacters).join('')
  }

  /** Only where the import locked, as nobody, and no moderator here said why. */
  async write(tx: Db): Promise<void> {
    await ask(
      tx,
      `update post_locks l set reason = n.reason
       from unnest($1::bigint[], $2::text[]) as n (post_id, reason), members m
       where l.post_id = n.post_id and l.reason = '' and m.id = l.by_id and m.imported_from like '%:member:deleted'`,
      [[...this.#reasons.keys()], [...this.#reasons.values()]],
    )
  }
}

/** The questions that a duplicate repeats: `{"OriginalQuestionIds":[1]}`; older dumps name voters alone, or nothing. */
function originalsOf(text: string): string[] {
  if (!text.includes('OriginalQuestionIds')) return []
  try {
    const told: unknown = JSON.parse(text)
    const ids = typeof told === 'object' && told && 'OriginalQuestionIds' in told && told.OriginalQuestionIds
    return Array.isArray(ids) ? ids.filter(Number.isSafeInteger).map(String) : []
  } catch {
    return []
  }
}
