import { type TSchema, Type } from 'typebox'

/** Shapes that every API route uses. */
export const Id = Type.Integer({ minimum: 1, maximum: 999_999_999_999_999 })
/** No larger than the database counts. */
export const SeenVersion = Type.Integer({
  minimum: 1,
  maximum: 2_147_483_647,
  description: 'The version that you began with; when there is a newer one it is a conflict',
})
/** Of a body: the draft that it was, which goes with it. */
export const publishedDraft = {
  draft: Type.Optional(Id),
  draftVersion: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 2_147_483_647,
      description: 'The version of the draft that this is; a newer one stays',
    }),
  ),
}
/** Query of taking away what another wrote. */
export const DeleteReason = Type.String({ description: 'Of a moderator, for the log and the author' })
export const IdParams = Type.Object({ id: Id })
export const Instant = Type.String({ format: 'date-time' })
export const Nothing = Type.Null({ description: 'No content' })

/** Query: how many rows. */
export const limitUpTo = (maximum: number, usual: number) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum, default: usual, description: 'As many at most' }))

/** Query of a list: where to go on and how many. */
export const listQuery = {
  after: Type.Optional(
    Type.String({ minLength: 1, maxLength: 100, description: 'The `next` of the page before' }),
  ),
  limit: limitUpTo(100, 20),
}

export const listOf = <T extends TSchema>(item: T) =>
  Type.Object({ items: Type.Array(item), next: Type.Union([Type.String(), Type.Null()]) })

/** A list that is never long enough for pages. */
export const wholeListOf = <T extends TSchema>(item: T) =>
  Type.Object({ items: Type.Array(item), next: Type.Null() })

/** A body's object: what it does not name is refused. */
export const body = <T extends Record<string, TSchema>>(properties: T) =>
  Type.Object(properties, { additionalProperties: false })

/** The same for a body that may be left out altogether; it is null then. */
export const optionalBody = <T extends Record<string, TSchema>>(properties: T) => nullable(body(properties))

export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String(),
    requestId: Type.String(),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          field: Type.String({ description: 'Dots lead inwards; empty: of the whole' }),
          code: Type.String(),
          message: Type.String(),
        }),
      ),
    ),
  },
  { description: 'RFC 9457 problem details' },
)
