import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readGates } from '#test/security/gates.ts'
import { makeTestApp, type TestApp } from '#test/support/app.ts'
import { type Description, type Operation, readDescription, type Shape } from '#test/support/description.ts'
import { languages } from '#words/words.ts'

// That answers are as described is compared where every route is asked: test/fuzz.test.ts and test/security/gates.test.ts.

let site: TestApp
let description: Description
let operations: { route: string; operation: Operation }[]
beforeAll(async () => {
  site = await makeTestApp()
  description = await readDescription(site)
  operations = Object.entries(description.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([verb, operation]) => ({
      route: `${verb.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
      operation,
    })),
  )
})
afterAll(() => site[Symbol.asyncDispose]())

const operationOf = (route: string) => operations.find((one) => one.route === route)?.operation

describe('the description of the API', () => {
  test('holds every route below /api/v1 and names each operation once', () => {
    const routes = [...readGates().keys()].filter((route) => route.includes(' /api/v1/'))
    expect(operations.map((one) => one.route).sort()).toEqual(routes.sort())
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toContain('getPostsByIdVersionsCsv')
  })

  test('says who needs no token, and which scope a key needs', () => {
    for (const { route, who, scope } of readGates().values()) {
      const operation = operationOf(route)
      if (!operation) continue
      const open = operation.security.some((one) => Object.keys(one).length === 0)
      expect(open, route).toBe(who === 'open' || who === 'secret')
      const keys = scope === '-' || scope === '' ? 'Not for API keys.' : `scope \`${scope}\``
      expect(operation.description, route).toContain(keys)
    }
  })

  test('says what each operation refuses, as problem documents', () => {
    for (const { route, operation } of operations) {
      const statuses = Object.keys(operation.responses)
      expect(statuses, route).toEqual(expect.arrayContaining(['401', '403', '429', '503']))
      expect(
        statuses.some((status) => status < '400'),
        route,
      ).toBe(true)
      if (route.includes(':')) expect(statuses, route).toContain('404')
      if (operation.requestBody)
        expect(statuses, route).toEqual(expect.arrayContaining(['400', '413', '415', '422']))
    }
    const { content } = description.components.responses['Refused422'] ?? {}
    expect(content).toEqual({
      'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
    })
    expect(Object.keys(operationOf('POST /api/v1/sessions')?.responses['401']?.content ?? {})).toEqual([
      'application/problem+json',
    ])
  })

  test('tells bodies that may be left out, pictures and tables from JSON', () => {
    expect(operationOf('PUT /api/v1/posts/:id/pin')?.requestBody?.required).toBe(false)
    expect(operationOf('PUT /api/v1/posts/:id/vote')?.requestBody?.required).toBe(true)
    expect(Object.keys(operationOf('POST /api/v1/files')?.requestBody?.content ?? {})).toContain('image/webp')
    const csv = operationOf('GET /api/v1/posts/:id/versions.csv')
    expect(Object.keys(csv?.responses['200']?.content ?? {})).toEqual(['text/csv'])
    expect(operationOf('GET /api/v1/live')?.responses['101']).toBeDefined()
  })

  test('says what each parameter of a query is', () => {
    for (const { route, operation } of operations) {
      const asked = operation.parameters?.filter((one) => one.in === 'query') ?? []
      for (const one of asked) expect(one.description, `${route} ${one.name}`).toBeTruthy()
    }
  })

  test('promises a next page only where one can ask for it', () => {
    for (const { route, operation } of operations) {
      const media = operation.responses['200']?.content?.['application/json'] as
        | { schema?: Shape }
        | undefined
      const next = media?.schema?.properties?.['next']
      if (!next || next.type === 'null') continue
      const names = operation.parameters?.map((one) => one.name)
      expect(names?.includes('after') || names?.includes('before'), route).toBe(true)
    }
  })

  test('lists the codes of refusals and of wrong fields', () => {
    const { Problem } = description.components.schemas
    const code = Problem?.properties?.['code']?.description
    for (const one of Object.keys(languages.en.errors)) expect(code).toContain(`- \`${one}\``)
    expect(code).toContain('- `not-signed-in`: Please sign in first.')
    const ofField = Problem?.properties?.['errors']?.items?.properties?.['code']?.description
    for (const one of Object.keys(languages.en.fields)) expect(ofField).toContain(`- \`${one}\``)
  })

  test('writes a choice of texts as one list', () => {
    const sort = operationOf('GET /api/v1/posts')?.parameters?.find((one) => one.name === 'sort')
    expect(sort).toMatchObject({ schema: { type: 'string', enum: ['latest', 'hot', 'top', 'active'] } })
  })
})

test('its page has a name and a way on without script', async () => {
  const { body } = await site.guest.page('/api/docs')
  expect(body).toContain('<title>Madang API</title>')
  expect(body).toMatch(/<noscript>.*href="\/api\/openapi.json"/)
})
