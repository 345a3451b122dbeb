import { registerAjvFormats } from '@fastify/type-provider-typebox'
import buildSerializer from 'fast-json-stringify'
import type { FastifySchemaCompiler, FastifySerializerCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import Format from 'typebox/format'
import { Settings } from 'typebox/system'

/** What is looked at of each list and each object to say what is wrong with it: over a whole megabyte that takes a second. */
const mostItems = 1000
const mostProperties = 100
/** Every unknown property has a row of its own before the one that names them all. */
const mostErrors = 2 * mostProperties
/** Deeper than any shape. */
const deepest = 8

/** Formats as the programs behind the edge take them: a leap second is none, a Date cannot hold it. */
export function registerFormats(): void {
  registerAjvFormats()
  Settings.Set({ maxErrors: mostErrors })
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
    return shape.Check(given) ? { value: given } : { error: shape.Errors(cut(given)) }
  }
}

/** The beginning of what was sent. */
function cut(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value))
    return depth < deepest ? value.slice(0, mostItems).map((one) => cut(one, depth + 1)) : []
  const kept = depth < deepest ? Object.entries(value).slice(0, mostProperties) : []
  return Object.fromEntries(kept.map(([name, one]) => [name, cut(one, depth + 1)]))
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
