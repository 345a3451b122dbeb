import { type FieldError, invalid } from '#platform/errors.ts'
import { cleanLine, cleanText, isBlank, lengthOf, textErrors } from '#platform/text.ts'

/** Limits in code points, tags in number. */
export const postLimits = {
  title: 200,
  body: 50_000,
  comment: 20_000,
  tags: 5,
  tag: 30,
  note: 200,
  reason: 500,
} as const

export function checkTitle(typed: string): { title: string; errors: FieldError[] } {
  const title = cleanLine(typed)
  return { title, errors: textErrors(title, { field: 'title', limit: postLimits.title }) }
}

export function checkBody(
  typed: string,
  limit: number = postLimits.body,
): { body: string; errors: FieldError[] } {
  const body = cleanText(typed).replace(/\s+$/u, '')
  if (isBlank(body)) return { body, errors: [{ field: 'body', code: 'blank' }] }
  const tooLong = body.length > limit && lengthOf(body) > limit
  return { body, errors: tooLong ? [{ field: 'body', code: 'too-long', facts: { limit } }] : [] }
}

/** Tags as typed (`#한국어, web`): lower case, letters, digits and hyphens, each once. */
export function checkTags(typed: readonly string[]): { tags: string[]; errors: FieldError[] } {
  const tags: string[] = []
  for (const one of typed) {
    const tag = cleanLine(one).replace(/^#+/, '').toLowerCase().replace(/\s+/g, '-')
    if (tag === '' || tags.includes(tag)) continue
    if (!/^[\p{L}\p{N}][\p{L}\p{M}\p{N}.+#_-]*$/u.test(tag) || lengthOf(tag) > postLimits.tag) {
      return {
        tags,
        errors: [
          { field: 'tags', code: 'tag-shape', facts: { value: tag.slice(0, 40), limit: postLimits.tag } },
        ],
      }
    }
    tags.push(tag)
  }
  const tooMany = tags.length > postLimits.tags
  return {
    tags,
    errors: tooMany ? [{ field: 'tags', code: 'too-many-tags', facts: { limit: postLimits.tags } }] : [],
  }
}

/** A reason or note on one line. @throws Invalid when it is too long or, if needed, empty. */
export function checkReason(
  typed: string,
  options: { field?: string; needed?: boolean; limit?: number } = {},
): string {
  const field = options.field ?? 'reason'
  const limit = options.limit ?? postLimits.reason
  const reason = cleanLine(typed)
  if (options.needed && isBlank(reason)) throw invalid(field, 'required')
  if (lengthOf(reason) > limit) throw invalid(field, 'too-long', { limit })
  return reason
}
