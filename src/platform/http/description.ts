import { readFile } from 'node:fs/promises'
import swagger from '@fastify/swagger'
import swaggerUi, { type FastifySwaggerUiOptions } from '@fastify/swagger-ui'
import { Type } from 'typebox'
import type { Server } from './server.ts'
import { Problem } from './shapes.ts'

/** What the description says of access; told by whoever knows, from method and route template. */
export type Access = {
  /** The scope that an API key needs; `session`: none will do. */
  scopeOf: (method: string, template: string) => string
  isOpen: (method: string, template: string) => boolean
}

/** What `code` can be, of a refusal and of a wrong field, with what it says where that needs no facts. */
export type Codes = Record<'errors' | 'fields', Readonly<Record<string, unknown>>>

const about = `Boards, posts, comments, chat and whatever else this community has.

Send an access token of \`POST /api/v1/sessions\` or an API key as \`Authorization: Bearer …\`. Lists answer \`items\` and \`next\`; where
\`next\` is not null, it is the \`after\` of the next page. Ids are numbers, times ISO 8601 in UTC. Unknown properties of a body are
refused. Every refusal is a problem document (RFC 9457): \`code\` is for programs, \`title\` and \`detail\` for people, in the language of
\`Accept-Language\`; 422 names every wrong field in \`errors\`. Answers carry \`RateLimit-Limit\`, \`RateLimit-Remaining\` and
\`RateLimit-Reset\` (seconds).`

/** GET /api/openapi.json, made of the routes' own shapes, and a page to try it at /api/docs. Registered before the routes. */
export async function describeApi(server: Server, access: Access, codes: Codes): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Madang', version: '1', description: about },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'An access token or an API key' },
        },
        schemas: { Problem: JSON.parse(JSON.stringify(problemWith(codes))) },
        responses: refusals(),
      },
    },
    refResolver: { buildLocalReference: (schema, _base, _fragment, index) => nameOf(schema, index) },
    transformObject: (described) => {
      if (!('openapiObject' in described)) return described.swaggerObject
      complete(described.openapiObject.paths, access)
      return described.openapiObject
    },
  })
  server.get('/api/openapi.json', { schema: { hide: true } }, async () => server.swagger())
  await server.register(async (docs) => {
    docs.addHook('onSend', async (_request, _reply, payload) =>
      typeof payload === 'string'
        ? payload.replace('<div id="swagger-ui"></div>', `$&${withoutScript}`)
        : payload,
    )
    await docs.register(swaggerUi, await docsPage())
  })
}

const withoutScript =
  '<noscript><p>This page needs script. <a href="/api/openapi.json">The same description as JSON</a> does not.</p></noscript>'

/** The page in the site's own face instead of its maker's. */
async function docsPage(): Promise<FastifySwaggerUiOptions> {
  const mark = await readFile(new URL('../../../public/icons/mark.svg', import.meta.url))
  const type = 'image/svg+xml'
  return {
    routePrefix: '/api/docs',
    uiConfig: { docExpansion: 'list', persistAuthorization: false, validatorUrl: null },
    staticCSP:
      "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
    logo: { type, content: mark, href: '/', target: '_self' },
    theme: {
      title: 'Madang API',
      favicon: [{ filename: 'mark.svg', rel: 'icon', type, sizes: 'any', content: mark.toString() }],
    },
  }
}

const nameOf = (schema: { title?: unknown; $id?: unknown }, index: number) =>
  String(schema.title ?? schema.$id ?? `shape${index}`)

function problemWith({ errors, fields }: Codes) {
  const { field, message } = Problem.properties.errors.items.properties
  const code = Type.String({ description: `The refusal’s own, or\n\n${listed(fields)}` })
  return Type.Object(
    {
      ...Problem.properties,
      code: Type.String({ description: `More may come\n\n${listed(errors)}` }),
      errors: Type.Optional(Type.Array(Type.Object({ field, code, message }))),
    },
    { description: 'RFC 9457 problem details' },
  )
}

const listed = (codes: Readonly<Record<string, unknown>>) =>
  Object.entries(codes)
    .map(([code, says]) => `- \`${code}\`${typeof says === 'string' ? `: ${says}` : ''}`)
    .join('\n')

const seconds = (description: string) => ({ description, schema: { type: 'integer' } as const })

/** What can be refused at many routes, written once. */
const refused = {
  400: 'Not understood: an address or a body that cannot be read, an `after` that is no cursor of this list',
  401: 'Not signed in, or the token is no good',
  403: 'May not',
  404: 'Not there, or not yours to see',
  409: 'Conflicts with what is there',
  413: 'Too large',
  415: 'Not a type of content that is taken here',
  422: 'Invalid: `errors` names every wrong field',
  429: 'Too many requests',
  500: 'A fault of the server',
  503: 'Away or drowned; try again later',
} as const
type Status = keyof typeof refused

function refusals() {
  const all = Object.entries(refused).map(([status, description]) => {
    const headers = {
      ...(status === '429' || status === '503' ? { 'Retry-After': seconds('Seconds to wait') } : {}),
    }
    const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
    return [`Refused${status}`, { description, headers, content }] as const
  })
  return Object.fromEntries(all)
}

type Json = Record<string, unknown>
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const verbs = ['get', 'post', 'put', 'patch', 'delete'] as const

/** Adds what the routes' shapes do not say: who may call, what is refused, what an operation is called. */
function complete(paths: unknown, access: Access): void {
  if (!isObject(paths)) return
  for (const [path, item] of Object.entries(paths)) {
    for (const verb of verbs) {
      const operation = isObject(item) ? item[verb] : undefined
      if (!isObject(operation)) continue
      const method = verb.toUpperCase()
      const template = path.replace(/\{(\w+)\}/g, ':$1')
      operation['operationId'] = idOf(verb, path)
      operation['security'] = access.isOpen(method, template) ? [{}, { bearer: [] }] : [{ bearer: [] }]
      const scope = access.scopeOf(method, template)
      const keys = scope === 'session' ? 'Not for API keys.' : `API keys need the scope \`${scope}\`.`
      operation['description'] = [operation['description'], keys].filter(Boolean).join('\n\n')
      completeBody(operation)
      completeResponses(operation, { method, path })
    }
    joinChoices(item)
  }
}

/** `get /api/v1/posts/{id}/versions.csv` as `getPostsByIdVersionsCsv`. */
function idOf(verb: string, path: string): string {
  const words = path
    .replace('/api/v1/', '')
    .replace(/\{(\w+)\}/g, 'by-$1')
    .split(/[^a-zA-Z]+/)
  return verb + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

/** A body that may be null is one that may be left out. */
function completeBody(operation: Json): void {
  const sent = operation['requestBody']
  if (!isObject(sent) || !isObject(sent['content'])) return
  for (const media of Object.values(sent['content'])) {
    const schema = isObject(media) ? media['schema'] : undefined
    if (!isObject(media) || !isObject(schema) || !Array.isArray(schema['anyOf'])) continue
    const [given, none] = schema['anyOf']
    if (!isObject(none) || none['type'] !== 'null') continue
    media['schema'] = given
    sent['required'] = false
  }
}

function completeResponses(operation: Json, { method, path }: { method: string; path: string }): void {
  const given = isObject(operation['responses']) ? operation['responses'] : {}
  for (const [status, answer] of Object.entries(given)) {
    if (!isObject(answer)) continue
    if (answer['description'] === 'Default Response')
      answer['description'] = status === '201' ? 'Made' : 'Done'
    const content = answer['content']
    if (Number(status) >= 400 && isObject(content))
      answer['content'] = { 'application/problem+json': content['application/json'] }
  }
  const parameters = Array.isArray(operation['parameters']) ? operation['parameters'] : []
  const asks = parameters.some((one) => isObject(one) && one['in'] === 'query')
  const hasBody = operation['requestBody'] !== undefined
  const writes = method !== 'GET'
  const possible: Record<Status, boolean> = {
    400: true,
    401: true,
    403: true,
    404: writes || path.includes('{'),
    409: writes,
    413: hasBody,
    415: hasBody,
    422: hasBody || asks || writes,
    429: true,
    500: true,
    503: true,
  }
  const refs = Object.entries(possible)
    .filter(([, is]) => is)
    .map(([status]) => [status, { $ref: `#/components/responses/Refused${status}` }] as const)
  operation['responses'] = { ...Object.fromEntries(refs), ...given }
}

/** Joins `anyOf` of single texts into one `enum`, which people read and generators understand. */
function joinChoices(value: unknown): void {
  if (Array.isArray(value)) for (const one of value) joinChoices(one)
  if (!isObject(value)) return
  const { anyOf } = value
  if (Array.isArray(anyOf) && anyOf.length > 1) {
    const choices = anyOf.map((one) =>
      isObject(one) && Array.isArray(one['enum']) && one['enum'].length === 1 ? one['enum'][0] : null,
    )
    if (choices.every((one) => typeof one === 'string')) {
      delete value['anyOf']
      Object.assign(value, { type: 'string', enum: choices })
    }
  }
  for (const one of Object.values(value)) joinChoices(one)
}
