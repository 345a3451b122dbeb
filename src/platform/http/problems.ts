import type { FastifyError } from 'fastify'
import {
  BadRequest,
  type FieldError,
  Invalid,
  NotFound,
  Refusal,
  TooLarge,
  Unavailable,
  WrongType,
} from '#platform/errors.ts'

/** What a validator of the edge reports: TypeBox's error rows. */
type ShapeError = { keyword?: string; instancePath?: string; params?: Record<string, unknown> }

/** Turns whatever was thrown into a refusal, or null when it is a fault of ours. */
export function toRefusal(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error
  if (!(error instanceof Error)) return null
  if ('validation' in error && Array.isArray(error.validation)) {
    // Wrong ids in an address lead nowhere; wrong bodies and queries name their fields.
    const inAddress = 'validationContext' in error && error.validationContext === 'params'
    return inAddress ? new NotFound() : fromShape(error.validation)
  }
  const { code, statusCode } = error as Partial<FastifyError>
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new TooLarge('too-large')
  if (code === 'FST_ERR_VALIDATION' || code === 'FST_ERR_NOT_FOUND') return new NotFound()
  // A NUL, which no text has and PostgreSQL does not store; texts are cleaned of it, names and addresses are not.
  if (code === '22021' || code === '22P05') return new BadRequest('bad-request')
  if (typeof statusCode === 'number' && statusCode === 415) return new WrongType('bad-media-type')
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return new BadRequest('bad-request')
  // Connections refused or statements cancelled: the database is away or drowned, not the request wrong.
  return isDatabaseAway(error) ? new Unavailable('unavailable') : null
}

const away = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'ECONNRESET',
  'EPIPE',
  '57P01',
  '57P02',
  '57P03',
  '57014',
  '53300',
  '53100',
  '08006',
])

export function isDatabaseAway(error: Error): boolean {
  if ('code' in error && typeof error.code === 'string' && away.has(error.code)) return true
  return /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/.test(
    error.message,
  )
}

/** As many wrong fields are named. */
const mostNamed = 20

function fromShape(rows: readonly ShapeError[]): Refusal {
  const named = new Map<string, FieldError>()
  for (const error of rows.flatMap(toFields)) {
    const first = named.get(error.field)
    if (!first && named.size < mostNamed) named.set(error.field, error)
    else if (first?.code === 'choice' && error.code === 'choice') named.set(error.field, joined(first, error))
  }
  // Of a body that may be an object or nothing, the object's own errors say more than that it is neither.
  const fields = [...named.values()]
  const telling = fields.filter((field) => field.field !== '')
  return new Invalid('invalid', { fields: telling.length > 0 ? telling : fields })
}

/** The values of a union come one by one. */
function joined(one: FieldError, other: FieldError): FieldError {
  return { ...one, facts: { choices: `${one.facts?.['choices']}, ${other.facts?.['choices']}` } }
}

/** What a keyword's limit means to whoever sent too much or too little. */
const limits: Readonly<Record<string, string>> = {
  maxLength: 'too-long',
  minLength: 'too-short',
  maximum: 'at-most',
  minimum: 'at-least',
  maxItems: 'too-many',
  minItems: 'too-few',
}

function toFields({ keyword = '', instancePath = '', params = {} }: ShapeError): FieldError[] {
  const field = instancePath.split('/').filter(Boolean).join('.')
  const names = (key: string) => (Array.isArray(params[key]) ? params[key].map(String) : [])
  if (keyword === 'required') {
    return names('requiredProperties').map((name) => ({ field: join(field, name), code: 'required' }))
  }
  if (keyword === 'additionalProperties') {
    return names('additionalProperties').map((name) => ({
      field: join(field, name.slice(0, 60)),
      code: 'unknown',
    }))
  }
  // A false schema is how the validator says the same of one unknown property again.
  if (keyword === 'boolean') return []
  const { limit, allowedValue } = params
  const code = limits[keyword]
  if (code && typeof limit === 'number') return [{ field, code, facts: { limit } }]
  const choices = keyword === 'const' ? [String(allowedValue)] : names('allowedValues')
  if (choices.length > 0) return [{ field, code: 'choice', facts: { choices: choices.join(', ') } }]
  return [{ field, code: field === '' ? 'body' : 'type' }]
}

const join = (path: string, name: string) => (path ? `${path}.${name}` : name)
