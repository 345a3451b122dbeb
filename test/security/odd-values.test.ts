import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Actor, Answer, TestApp } from '#test/support/app.ts'
import { makeAppWithRoutes, type RouteName } from './routes.ts'

let site: TestApp
let routes: RouteName[]
let administrator: Actor
let post: number
beforeAll(async () => {
  const made = await makeAppWithRoutes()
  site = made.site
  routes = made.routes
  administrator = await site.member('boss', 'administrator')
  const board = await site.board({ slug: 'yard' })
  post = (await site.post(administrator, board)).id
  await administrator.api('POST', `/posts/${post}/comments`, { body: 'x' })
  await administrator.api('POST', '/chat/rooms', { name: 'Us', members: [(await site.member('other')).id] })
})
afterAll(() => site[Symbol.asyncDispose]())

const split = (route: RouteName) => {
  const [method = '', path = ''] = route.split(' ')
  return { method, path }
}
const fill = (path: string, value = '1') => path.replace(/:\w+|\*/g, encodeURIComponent(value))

async function send(method: string, url: string, body: { type: string; text: string } | null) {
  const headers = {
    cookie: administrator.cookie,
    origin: 'http://localhost:80',
    ...(body ? { 'content-type': body.type } : {}),
  }
  return site.app.inject({ method: method as 'GET', url, headers, ...(body ? { payload: body.text } : {}) })
}

/** Neither a fault of ours nor a sign that a prototype was read or written. */
function expectCalm(answer: Answer, what: string): void {
  expect(answer.statusCode, `${what} ${answer.body.slice(0, 200)}`).toBeLessThan(500)
  expect(answer.body, what).not.toMatch(/\[object Object\]|\[native code\]/)
  expect(Object.keys(Object.prototype), what).toEqual([])
}

/** What ends this very session, or opens something that stays open. */
const ending = /sign-out|sessions|\/me$|withdraw|password|live$|restart/

describe('S13 numbers beyond all bounds, and names of prototypes', () => {
  const odd = [
    '1e999',
    '-1e999',
    '1e308',
    '9007199254740993',
    '-0',
    '0.1',
    '{"__proto__":{"role":"administrator"}}',
  ]
  test('in place of every property of every write of the API are refused or change nothing', async () => {
    const { paths } = site.app.swagger()
    const failed: string[] = []
    let sent = 0
    for (const [path, operations] of Object.entries(paths ?? {})) {
      for (const [name, operation] of Object.entries(operations ?? {})) {
        const content: unknown = Object(operation).requestBody?.content?.['application/json']?.schema
        if (ending.test(path)) continue
        for (const property of namesIn(content)) {
          for (const value of odd) {
            const others = Object.entries(plausible(content)).filter(([other]) => other !== property)
            const text = `{${[...others.map(([other, one]) => `"${other}":${JSON.stringify(one)}`), `"${property}":${value}`].join()}}`
            const url = path.replace(/\{\w+\}/g, '1')
            const answer = await send(name.toUpperCase(), url, { type: 'application/json', text })
            if (answer.statusCode >= 500) failed.push(`${name} ${url} ${text}`)
            else expectCalm(answer, `${name} ${url} ${text}`)
            sent++
          }
        }
      }
    }
    expect(failed).toEqual([])
    expect(sent).toBeGreaterThan(300)
  })

  test('in the fields of forms are refused or read as none', async () => {
    const draft = (await administrator.api('POST', '/drafts', { target: 'new', title: 'a' })).json().id
    const text = { title: 'A title', body: 'Text', board: 'yard' }
    for (const value of ['1e999', '9'.repeat(12), '9'.repeat(15), '9'.repeat(30), '-1', '0x1', '__proto__']) {
      for (const [url, form] of [
        ['/write', { ...text, draft: String(draft), draftVersion: value, do: 'draft' }],
        ['/write', { ...text, draft: value, draftVersion: '1', do: 'draft' }],
        ['/drafts', { ...text, target: 'new', draft: String(draft), draftVersion: value, version: value }],
        [`/p/${post}/edit`, { ...text, version: value }],
        [
          `/p/${post}/edit`,
          { ...text, version: value, draft: String(draft), draftVersion: value, do: 'draft' },
        ],
        [
          `/p/${post}/comments`,
          { body: 'x', parent: value, draft: String(draft), draftVersion: value, do: 'draft' },
        ],
        [`/p/${post}/vote`, { value }],
        ['/c/1/edit', { body: 'x', version: value }],
        ['/preferences', { theme: value, language: value, next: value }],
        ['/notifications/read', { until: value }],
        ['/settings/notifications', { 'mail-answer': value }],
        ['/admin/trending', { view: value }],
        ['/chat/1/messages', { body: 'x', replyTo: value }],
        ['/chat/1/read', { number: value }],
        ['/invitations', { uses: value, days: value, board: value, role: value }],
        ['/settings/keys', { name: 'k', days: value, 'scope-read': '1' }],
      ] as const)
        expectCalm(await administrator.page(url, form), `${url} ${JSON.stringify(form)}`)
    }
  })

  test('in place of every part of every address are refused', async () => {
    for (const route of routes) {
      const { method, path } = split(route)
      if (ending.test(path) || !path.includes(':')) continue
      for (const value of [
        '1e999',
        '9'.repeat(15),
        '9'.repeat(30),
        '-1',
        '0x10',
        '1.0',
        '__proto__',
        'constructor',
        'x'.repeat(501),
      ]) {
        const body = method === 'GET' ? null : { type: 'application/x-www-form-urlencoded', text: '' }
        expectCalm(
          await send(method, fill(path, value), path.startsWith('/api') ? null : body),
          `${route} ${value}`,
        )
      }
    }
  })

  test('as a tag, a name of a room and what is sought are words like others', async () => {
    const names = ['__proto__', 'constructor', 'hasownproperty', 'tostring', 'valueof']
    const made = await administrator.api('POST', '/boards/yard/posts', {
      title: '__proto__',
      body: '__proto__',
      tags: names.slice(0, 3),
    })
    expectCalm(made, 'post')
    for (const name of names) {
      const tag = encodeURIComponent(name)
      for (const url of [
        `/t/${tag}`,
        `/t/${tag}/feed.xml`,
        `/t/${tag}/feed.json`,
        `/m/${tag}`,
        `/b/${tag}`,
        `/search?q=${tag}&tag=${tag}&board=${tag}&author=${tag}&sort=${tag}`,
        `/search?q=${encodeURIComponent(`${name}:x tag:${name} board:${name}`)}`,
        `/trending?what=${tag}&window=${tag}`,
        `/api/v1/trending?what=${tag}`,
        `/api/v1/search/suggestions?q=${tag}`,
        `/api/v1/search/similar?title=${tag}`,
        `/notifications?show=${tag}`,
        `/unsubscribe/1-${tag}-${'a'.repeat(43)}`,
        `/unsubscribe/1-constructor-${'a'.repeat(43)}`,
        `/?sort=${tag}&theme=${tag}`,
        `/manifest.webmanifest?lang=${tag}`,
        `/offline?lang=${tag}`,
        `/pictures/${tag}.png`,
      ])
        expectCalm(await send('GET', url, null), url)
      expectCalm(
        await administrator.api('PUT', `/tags/${tag}/follow`, { level: 'everything' }),
        `follow ${name}`,
      )
      expectCalm(await administrator.api('PATCH', '/chat/rooms/1', { name }), `room ${name}`)
    }
    await site.app.inject({
      url: '/',
      headers: { cookie: '__proto__=x; constructor=y; theme=__proto__; language=constructor' },
    })
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})

describe('a request far larger than any of a person', () => {
  const many = (text: string) => Array.from({ length: 1000 }, () => text).join('&')
  test('with a thousand equal parameters, or parameters that are objects, is refused or read as one', async () => {
    for (const route of routes) {
      const { method, path } = split(route)
      if (method !== 'GET' || ending.test(path)) continue
      for (const query of [
        many('q=a'),
        many('tag=a'),
        many('after=MQ'),
        'q[]=1&q[__proto__]=2&__proto__[role]=administrator&__proto__=1',
        'limit=1e999&after=%00&wait=1e999&number=-1',
        'q=%F0%9F&tag=%ff&sort=%',
      ])
        expectCalm(await send('GET', `${fill(path)}?${query}`, null), `${path} ${query.slice(0, 60)}`)
    }
  })

  test('with lists of ten thousand or nesting of five thousand is refused', async () => {
    const long = JSON.stringify(Array.from({ length: 10_000 }, () => 1))
    const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`
    for (const [method, url, name] of [
      ['PUT', '/notifications/read', 'ids'],
      ['POST', '/chat/rooms', 'members'],
      ['POST', '/chat/rooms/1/members', 'members'],
      ['POST', '/boards/yard/posts', 'tags'],
      ['POST', '/me/keys', 'scopes'],
      ['POST', '/admin/webhooks', 'events'],
    ] as const) {
      for (const value of [long, deep]) {
        const answer = await send(method, `/api/v1${url}`, {
          type: 'application/json',
          text: `{"${name}":${value}}`,
        })
        expect([400, 403, 422], `${url} ${answer.body.slice(0, 200)}`).toContain(answer.statusCode)
        expect(answer.body.length, url).toBeLessThan(20_000)
      }
    }
  })
})

/** A value for each property that a body needs. */
function plausible(schema: unknown): Record<string, unknown> {
  const { properties, required, anyOf } = Object(schema)
  if (Array.isArray(anyOf)) return plausible(anyOf[0])
  const sampleOf = (one: { type?: string; enum?: unknown[]; const?: unknown }) => {
    const plain: Record<string, unknown> = {
      integer: 1,
      number: 1,
      boolean: true,
      array: [],
      object: {},
      null: null,
    }
    return one.const ?? one.enum?.[0] ?? plain[one.type ?? ''] ?? 'new'
  }
  const names: string[] = Array.isArray(required) ? required : []
  return Object.fromEntries(names.map((name) => [name, sampleOf(Object(Object(properties)[name]))]))
}

/** Names of a body's properties, at the top. */
function namesIn(schema: unknown): string[] {
  const { properties, anyOf } = Object(schema) as { properties?: object; anyOf?: unknown[] }
  return [...Object.keys(properties ?? {}), ...(anyOf ?? []).flatMap(namesIn)]
}
