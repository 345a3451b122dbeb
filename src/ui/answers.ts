import type { FieldError, Refusal } from '#platform/errors.ts'
import { cleanText } from '#platform/text.ts'
import { timeIn } from '#platform/zones.ts'
import type { Words } from '#words/words.ts'
import type { FormState, Page } from './page.ts'

type Entry = string | ((facts: never) => string)
type Facts = Record<string, string | number>

/** Words by a code that came from the domain; the code itself when the catalogue lacks it (a test forbids that). */
function lookUp(table: Record<string, Entry>, code: string, facts: Facts): string | null {
  if (!Object.hasOwn(table, code)) return null
  const entry = table[code]
  // The catalogues' functions name the facts they use; the code's thrower gives them.
  return typeof entry === 'function' ? (entry as (facts: Facts) => string)(facts) : (entry ?? null)
}

/** What a refusal says to a person; a time in it is one of `zone`. */
export function refusalText(words: Words, refusal: Refusal, zone: string): string {
  return lookUp(words.errors, refusal.code, factsIn(zone, refusal.facts)) ?? words.errors['bad-request']
}

function factsIn(zone: string, facts: Facts): Facts {
  const { until } = facts
  const at = new Date(typeof until === 'string' ? until : Number.NaN)
  return Number.isNaN(at.getTime()) ? facts : { ...facts, until: timeIn(zone, at) }
}

export function fieldText(words: Words, error: FieldError): string {
  return lookUp(words.fields, error.code, error.facts ?? {}) ?? words.fields.type
}

/** What is wrong with each field, for readers who see no form beside it. */
export function wrongFields(words: Words, { fields }: Refusal): string[] {
  return fields.map((error) => named(error.field, fieldText(words, error)))
}

const named = (field: string, text: string) => (field ? `${field}: ${text}` : text)

/** A form shown again: what was typed, and the words beside each wrong field. Passwords are typed anew. */
export function refusedForm(
  { words, timeZone }: Pick<Page, 'words' | 'timeZone'>,
  refusal: Refusal,
  typed: Record<string, string>,
): FormState {
  const kept = Object.entries(typed).filter(([name]) => !/password/i.test(name))
  // Nobody could take out of a text what cannot be seen in it.
  const values = Object.fromEntries(kept.map(([name, text]) => [name, cleanText(text)]))
  const errors: Record<string, string> = {}
  for (const error of refusal.fields) errors[error.field] ??= besideField(words, error)
  return { values, errors, message: refusalText(words, refusal, timeZone) }
}

function besideField(words: Words, error: FieldError): string {
  const text = fieldText(words, error)
  if (error.code === 'control') return `${text} ${words.forms.cleaned}`
  // Nothing on the page has the name of what is unknown.
  return error.code === 'unknown' ? named(error.field, text) : text
}

/** RFC 9457 problem details in the reader's language; what is invalid without a field of its own is so as a whole. */
export function problemOf(words: Words, refusal: Refusal, given: { requestId: string; zone: string }) {
  const { requestId, zone } = given
  const { code, status } = refusal
  const title = refusalText(words, refusal, zone)
  const errors = refusal.fields.map((error) => ({
    field: error.field,
    code: error.code,
    message: fieldText(words, error),
  }))
  if (status === 422 && errors.length === 0) errors.push({ field: '', code, message: title })
  return {
    type: 'about:blank',
    title,
    status,
    detail: errors.length > 0 ? errors.map(({ field, message }) => named(field, message)).join(' ') : title,
    code,
    requestId,
    ...(errors.length > 0 ? { errors } : {}),
  }
}
