import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import { type FieldError, invalid, refuse } from '#platform/errors.ts'
import { cleanLine } from '#platform/text.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a page's POST takes; none of them may be without. */
    form?: PageForm
  }
}

/** What may stand in a field that is no free text: one of these, or what looks like this. */
type Values = readonly string[] | RegExp
type Fields = readonly (string | Readonly<Record<string, Values>>)[]
/** `fields` is null where anything may come; `isShownAgain` where the handler asks `checkForm` itself. */
export type PageForm = { fields: ReadonlyMap<string, Values | null> | null; isShownAgain: boolean }

type Declared = { config: { form: PageForm } }
type DeclaredAt<P extends TSchema> = Declared & { schema: { params: P } }

/** A box is sent when it is ticked, and not at all when it is not. */
export const tick = ['1'] as const
/** The text of a hidden field that holds an id, or nothing. */
export const idText = /^\d{0,15}$/
/** The same for the version that somebody edits. */
export const versionText = /^\d{0,6}$/

/**
 * The options of a page's POST: the names in its form, and its address's `params`. Refused, the form is shown again
 * (`web.submit`), unless nothing can be typed into it.
 */
export function formOf(fields: Fields): Declared
export function formOf<P extends TSchema>(fields: Fields, params: P): DeclaredAt<P>
export function formOf(fields: Fields, params?: TSchema): Declared {
  return declared({ fields: toMap(fields), isShownAgain: fields.length > 0 }, params)
}

/** The same for a form in which nothing is lost: refused, it gets the error page. */
export function buttonOf(fields: Fields): Declared
export function buttonOf<P extends TSchema>(fields: Fields, params: P): DeclaredAt<P>
export function buttonOf(fields: Fields, params?: TSchema): Declared {
  return declared({ fields: toMap(fields), isShownAgain: false }, params)
}

/** For what programs of others send by a protocol that is not ours to narrow. */
export function openForm<P extends TSchema>(params: P): DeclaredAt<P> {
  return { schema: { params }, config: { form: { fields: null, isShownAgain: false } } }
}

function declared(form: PageForm, params: TSchema | undefined): Declared {
  return { ...(params && { schema: { params } }), config: { form } }
}

function toMap(fields: Fields): Map<string, Values | null> {
  return new Map(
    fields.flatMap((one): [string, Values | null][] =>
      typeof one === 'string' ? [[one, null]] : Object.entries(one),
    ),
  )
}

/** Holds every form of these pages to what its route says, before anything is done. */
export function guardForms(pages: FastifyInstance): void {
  pages.addHook('onRoute', ({ method, url, config }) => {
    if ([method].flat().includes('POST') && !config?.form)
      throw new Error(`POST ${url} does not say which fields its form has`)
  })
  pages.addHook('preHandler', (request, _reply, done) => {
    if (!request.routeOptions.config.form?.isShownAgain) checkForm(request)
    done()
  })
}

/** As many wrong fields are named. */
const mostNamed = 20

/** Of a field that was sent twice the first counts. @throws Invalid with every field that the route's form does not have */
export function checkForm({ body, routeOptions }: FastifyRequest): void {
  const fields = routeOptions.config.form?.fields
  if (!fields || body === undefined || body === null) return
  if (typeof body !== 'object' || Array.isArray(body)) throw invalid('', 'type')
  const wrong: FieldError[] = []
  for (const [name, value] of Object.entries(body)) {
    const first: unknown = Array.isArray(value) ? value[0] : value
    wrong.push(...wrongIn(fields, { name, value: first }))
    if (wrong.length === mostNamed) break
  }
  refuse(wrong)
}

function wrongIn(
  fields: ReadonlyMap<string, Values | null>,
  { name, value }: { name: string; value: unknown },
): FieldError[] {
  const field = cleanLine(name).slice(0, 60)
  const values = fields.get(name)
  if (values === undefined) return [{ field, code: 'unknown' }]
  if (typeof value !== 'string') return [{ field, code: 'type' }]
  if (values === null) return []
  if (values instanceof RegExp) return values.test(value) ? [] : [{ field, code: 'type' }]
  if (values.includes(value)) return []
  return [{ field, code: 'choice', facts: { choices: values.filter((one) => one !== '').join(', ') } }]
}
