/** Refusals that a person can understand. `code` chooses the words in the catalogues and stands in problem documents. */
export abstract class Refusal extends Error {
  abstract readonly status: number
  readonly code: string
  readonly fields: readonly FieldError[]
  readonly facts: Record<string, string | number>
  constructor(
    code: string,
    options: { fields?: readonly FieldError[]; facts?: Record<string, string | number> } = {},
  ) {
    super(code)
    this.code = code
    this.fields = options.fields ?? []
    this.facts = options.facts ?? {}
  }
}

/** One wrong input: `field` as the caller named it, `code` from the catalogues, `facts` for its words (limits). */
export type FieldError = { field: string; code: string; facts?: Record<string, string | number> }

export class Invalid extends Refusal {
  override readonly name = 'Invalid'
  readonly status = 422
}
export class BadRequest extends Refusal {
  override readonly name = 'BadRequest'
  readonly status = 400
}
export class Unauthenticated extends Refusal {
  override readonly name = 'Unauthenticated'
  readonly status = 401
  /** The header WWW-Authenticate: by what one comes in (RFC 6750). */
  get challenge(): string {
    return this.code === 'bad-token' ? 'Bearer error="invalid_token"' : 'Bearer'
  }
}
export class Forbidden extends Refusal {
  override readonly name = 'Forbidden'
  readonly status = 403
}
export class NotFound extends Refusal {
  override readonly name = 'NotFound'
  readonly status = 404
  constructor(code = 'not-found') {
    super(code)
  }
}
export class WrongMethod extends Refusal {
  override readonly name = 'WrongMethod'
  readonly status = 405
  /** The methods that would do. */
  readonly allowed: readonly string[]
  constructor(allowed: readonly string[]) {
    super('wrong-method', { facts: { methods: allowed.join(', ') } })
    this.allowed = allowed
  }
}
export class WrongType extends Refusal {
  override readonly name = 'WrongType'
  readonly status = 415
}
export class Conflict extends Refusal {
  override readonly name = 'Conflict'
  readonly status = 409
}
export class TooLarge extends Refusal {
  override readonly name = 'TooLarge'
  readonly status = 413
}
export class TooMany extends Refusal {
  override readonly name = 'TooMany'
  readonly status = 429
  readonly retryAfter: number
  constructor(code: string, retryAfterSeconds: number) {
    super(code, { facts: { seconds: retryAfterSeconds } })
    this.retryAfter = retryAfterSeconds
  }
}
export class Unavailable extends Refusal {
  override readonly name = 'Unavailable'
  readonly status = 503
}

/** Invalid input in one field. */
export function invalid(field: string, code: string, facts?: Record<string, string | number>): Invalid {
  return new Invalid('invalid', { fields: [facts ? { field, code, facts } : { field, code }] })
}

/** @throws Invalid when there is at least one error */
export function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw new Invalid('invalid', { fields: errors })
}

/** The name of the constraint that PostgreSQL says was violated, or null when the error is another one. */
export function violatedConstraint(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || !('constraint' in error)) return null
  return String(error.code).startsWith('23') ? String(error.constraint) : null
}
