import { registerAjvFormats } from '@fastify/type-provider-typebox'
import buildSerializer from 'fast-json-stringify'
import type { FastifySchemaCompiler, FastifySerializerCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import Format from 'typebox/format'

/** Formats as the programs behind the edge take them: a leap second is none, a Date cannot hold it. */
export function registerFormats(): void {
  registerAjvFormats()
  const isInstant = Format.Get('date-time')
  Format.Set('date-time', (text) => isInstant?.(text) === true && !Number.isNaN(Date.parse(text)))
}

/**
 * Validates by TypeBox, prepared when a route is first asked for: most of a start would go by with shapes that nobody
 * sends yet. Addresses hold text: what their shape calls an integer or a boolean is made one when it is
 * written as one and nothing else, so that `/posts/1.5` or `/posts/0x1` is no post. Bodies are taken as they are.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  let shape: ReturnType<typeof Compile> | undefined
  const plain = httpPart === 'body' ? [] : plainOf(schema)
  return (value: unknown) => {
    shape ??= Compile(schema)
    const given = plain.length > 0 ? withPlain(value, plain) : value
    return shape.Check(given) ? { value: given } : { error: shape.Errors(given) }
  }
}

/** Writes answers by their shape, prepared as late as what validates. */
export const compileSerializer: FastifySerializerCompiler<TSchema> = ({ schema }) => {
  let serialize: ((value: unknown) => string) | undefined
  return (value: unknown) => {
    serialize ??= buildSerializer(schema)
    return serialize(value)
  }
}

const readers: Readonly<Record<string, (text: string) => number | boolean | null>> = {
  integer: (text) => (/^-?(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : null),
  boolean: (text) => (text === 'true' || text === 'false' ? text === 'true' : null),
}

type Plain = { name: string; read: (text: string) => number | boolean | null }

/** The properties that are no text, and how they are read from one. */
function plainOf(schema: TSchema): Plain[] {
  if (!('properties' in schema) || typeof schema.properties !== 'object' || schema.properties === null)
    return []
  return Object.entries(schema.properties).flatMap(([name, property]) => {
    const read = readers[property?.type]
    return read ? [{ name, read }] : []
  })
}

function withPlain(value: unknown, plain: readonly Plain[]): unknown {
  if (typeof value !== 'object' || value === null) return value
  const given: Record<string, unknown> = { ...value }
  for (const { name, read } of plain) {
    const text = given[name]
    if (typeof text === 'string') given[name] = read(text) ?? text
  }
  return given
}
