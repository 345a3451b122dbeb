import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

/**
 * Validates by TypeBox. Addresses hold text: what their shape calls an integer is made one when it is written as one
 * and nothing else, so that `/posts/1.5` or `/posts/0x1` is no post. Bodies are taken as they are.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const shape = Compile(schema)
  const integers = httpPart === 'body' ? [] : integersOf(schema)
  return (value: unknown) => {
    const given = integers.length > 0 ? withIntegers(value, integers) : value
    return shape.Check(given) ? { value: given } : { error: shape.Errors(given) }
  }
}

function integersOf(schema: TSchema): string[] {
  if (!('properties' in schema) || typeof schema.properties !== 'object' || schema.properties === null)
    return []
  return Object.entries(schema.properties)
    .filter(([, property]) => property?.type === 'integer')
    .map(([name]) => name)
}

function withIntegers(value: unknown, names: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return value
  const given: Record<string, unknown> = { ...value }
  for (const name of names) {
    const text = given[name]
    if (typeof text === 'string' && /^-?(0|[1-9]\d{0,15})$/.test(text)) given[name] = Number(text)
  }
  return given
}
