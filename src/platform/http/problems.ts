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
  // Connections refused or statements cancelled: the database is away or drowned, not the request wrong.
  if (isDatabaseAway(error)) return new Unavailable('unavailable')
  // A NUL, which no text has and PostgreSQL does not store; texts are cleaned of it, names and addresses are not.
  if (code === '22021' || code === '22P05') return new BadRequest('bad-request')
  if (typeof statusCode === 'number' && statusCode === 415) return new WrongType('bad-media-type')
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return new BadRequest('bad-request')
  return null
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
  return /^(Connection terminated|timeout exceeded when trying to connect)/.test(error.message)
}

function fromShape(rows: readonly ShapeError[]): Refusal {
  const fields: FieldError[] = []
  for (const row of rows.slice(0, 20)) fields.push(...toFields(row))
  const named = fields.filter(
    (field, index) => fields.findIndex((other) => other.field === field.field) === index,
  )
  // Of a body that may be an object or nothing, the object's own errors say more than that it is neither.
  const telling = named.filter((field) => field.field !== '')
  return new Invalid('invalid', { fields: telling.length > 0 ? telling : named })
}

function toFields(row: ShapeError): FieldError[] {
  const field = (row.instancePath ?? '').split('/').filter(Boolean).join('.')
  const names = (key: string) => (Array.isArray(row.params?.[key]) ? row.params[key].map(String) : [])
  if (row.keyword === 'required') {
    return names('requiredProperties').map((name) => ({ field: join(field, name), code: 'required' }))
  }
  if (row.keyword === 'additionalProperties') {
    return names('additionalProperties').map((name) => ({
      field: join(field, name.slice(0, 60)),
      code: 'unknown',
    }))
  }
  // A false schema is how the validator says the same of one unknown property again.
  if (row.keyword === 'boolean') return []
  const limit = row.params?.['limit']
  if (row.keyword === 'maxLength' && typeof limit === 'number')
    return [{ field, code: 'too-long', facts: { limit } }]
  if (row.keyword === 'minLength' && typeof limit === 'number')
    return [{ field, code: 'too-short', facts: { limit } }]
  return [{ field, code: 'type' }]
}

const join = (path: string, name: string) => (path ? `${path}.${name}` : name)
