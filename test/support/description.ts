import { Compile } from 'typebox/schema'
import type { Answer, TestApp } from './app.ts'

type Media = Record<string, unknown>
type Described = { $ref?: string; content?: Media }
export type Shape = {
  type?: string
  description?: string
  items?: Shape
  properties?: Record<string, Shape>
}
export type Operation = {
  operationId: string
  description: string
  security: Record<string, string[]>[]
  parameters?: { name: string; in: string; description?: string }[]
  requestBody?: { required?: boolean; content: Media }
  responses: Record<string, Described>
}
export type Description = {
  paths: Record<string, Record<string, Operation>>
  components: { responses: Record<string, Described>; schemas: Record<string, Shape> }
}

export async function readDescription(site: TestApp): Promise<Description> {
  return (await site.app.inject('/api/openapi.json')).json()
}

/** What an answer of the API has that its description has not; null when they agree. */
export type Disagreement = (method: string, url: string, answer: Answer) => string | null

/** Compares answers with GET /api/openapi.json: the status, the type of content, the shape. */
export async function compareWithDescription(site: TestApp): Promise<Disagreement> {
  const description = await readDescription(site)
  const templates = Object.keys(description.paths)
    .map((path) => ({
      path,
      pattern: new RegExp(`^${path.replace(/\./g, '\\.').replace(/\{\w+\}/g, '[^/]+')}/?$`),
    }))
    // What is written out goes before what stands for anything.
    .sort((a, b) => a.path.split('{').length - b.path.split('{').length)
  const shapes = new Map<string, ReturnType<typeof Compile>>()
  const shapeAt = (at: string) => {
    const shape = shapes.get(at) ?? Compile({ ...description, $ref: at })
    shapes.set(at, shape)
    return shape
  }
  return (method, url, answer) => {
    const asked = url.split('?', 1)[0] ?? ''
    const verb = method.toLowerCase()
    const found = templates.find(
      ({ path, pattern }) => pattern.test(asked) && description.paths[path]?.[verb],
    )
    const status = String(answer.statusCode)
    const response = found && description.paths[found.path]?.[verb]?.responses[status]
    if (!found || answer.statusCode === 405) return null
    if (!response) return `${status} is not described`
    const type = String(answer.headers['content-type'] ?? '').split(';', 1)[0] ?? ''
    const own = `#/paths/${pointer(found.path)}/${verb}/responses/${status}`
    const content = response.$ref
      ? description.components.responses[`Refused${status}`]?.content
      : response.content
    if (!content) return answer.body === '' ? null : `${status} is described without a body`
    if (!content[type]) return `${status} is described as ${Object.keys(content).join()}, not ${type}`
    if (!type.endsWith('json')) return null
    const [fits, errors] = shapeAt(`${response.$ref ?? own}/content/${pointer(type)}/schema`).Errors(
      answer.json(),
    )
    return fits ? null : `${status} has another shape: ${JSON.stringify(errors).slice(0, 300)}`
  }
}

const pointer = (text: string) => text.replace(/~/g, '~0').replace(/\//g, '~1')
