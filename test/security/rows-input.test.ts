import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { markOf } from '#test/support/problems.ts'
import { dangers, payloads, storable } from './payloads.ts'

let site: TestApp
let member: Actor
let administrator: Actor
let board: string
let post: number
let comment: number
beforeAll(async () => {
  site = await makeTestApp()
  member = await site.member('writer')
  administrator = await site.member('boss', 'administrator')
  board = (await site.board({ kind: 'question' })).slug
  post = (await member.api('POST', `/boards/${board}/posts`, { title: 'T', body: 'b' })).json().id
  comment = (await member.api('POST', `/posts/${post}/comments`, { body: 'x' })).json().id
})
afterAll(() => site[Symbol.asyncDispose]())

test('the search for what would run finds what would run', () => {
  expect(dangers('<a href=" java\nscript:x"><p onclick=x><script>1</script><iframe></iframe>')).toHaveLength(
    4,
  )
  expect(dangers('<p title="<script>">&lt;script&gt;<a href="/x">')).toEqual([])
})

/** Writes the payload into every field that somebody can write into, as far as the field takes it. */
async function writeEverywhere(text: string): Promise<string[]> {
  const made = (await member.api('POST', `/boards/${board}/posts`, { title: text, body: text })).json()
  const own = (await member.api('POST', `/posts/${made.id}/comments`, { body: text })).json()
  const line = text.replace(/\n/g, ' ')
  await member.api('PATCH', `/posts/${made.id}`, {
    title: `${line} again`,
    body: `${text} again`,
    note: line,
  })
  await member.api('PATCH', `/comments/${own.id}`, { body: `${text} again` })
  await member.api('PATCH', '/me', { about: text })
  const draft = (
    await member.api('POST', '/drafts', { target: 'new', title: text, body: text, tags: [text] })
  ).json()
  await administrator.api('POST', '/reports', { post: made.id, reason: 'other', detail: text })
  await administrator.api('PUT', `/posts/${made.id}/pin`, { reason: line })
  await administrator.api('PUT', `/posts/${made.id}/lock`, { reason: line })
  await administrator.api('PATCH', `/boards/${board}`, { name: line.slice(0, 60), about: text })
  await administrator.page(`/mod/members/${member.id}/notes`, { text })
  await administrator.page('/admin/settings', { siteName: line.slice(0, 40) })
  await site.db
    .insertInto('sign_ins')
    .values({
      member_id: member.id,
      way: 'password',
      refused: false,
      agent: storable(text),
      network: storable(text),
      created_at: site.clock.now,
    })
    .execute()
  await site.db
    .updateTable('sessions')
    .set({ agent: storable(text) })
    .where('member_id', '=', member.id)
    .execute()
  return [
    ...[
      `/p/${made.id}/x`,
      `/p/${made.id}/history`,
      `/p/${made.id}/history/1`,
      `/p/${made.id}/edit`,
      `/p/${made.id}/reply`,
      `/p/${made.id}/report`,
      `/p/${made.id}/move`,
    ],
    ...[`/c/${own.id}/history`, `/c/${own.id}/edit`, `/c/${own.id}/reply`, `/write?draft=${draft.id}`],
    ...[
      '/',
      '/boards',
      `/b/${board}`,
      '/m/writer',
      '/m/writer/comments',
      '/drafts',
      '/bookmarks',
      '/settings',
      '/settings/security',
      '/write',
      '/mod',
      '/mod/log',
      `/mod/members/${member.id}`,
      '/admin',
      '/admin/boards',
      `/admin/boards/${board}`,
      '/admin/members',
      `/admin/members?q=${encodeURIComponent(text)}`,
    ],
    ...[
      `/sign-in?next=${encodeURIComponent(text)}`,
      `/t/${encodeURIComponent(text)}`,
      `/write?board=${encodeURIComponent(text)}`,
      `/b/${encodeURIComponent(text)}`,
      `/claim/${encodeURIComponent(text)}`,
    ],
  ]
}

describe('S30 a payload', () => {
  test.each(payloads)('in every writable field runs nowhere: %j', async (text) => {
    const pages = await writeEverywhere(text)
    for (const [index, url] of pages.entries()) {
      const own = /^\/(drafts|settings)|draft=/.test(url)
      const actor = own ? member : index % 4 === 0 ? site.guest : administrator
      const answer = await actor.page(url)
      const shown = answer.statusCode === 301 ? await actor.page(String(answer.headers.location)) : answer
      expect(dangers(shown.body), url).toEqual([])
    }
    const preview = (await member.api('POST', '/preview', { body: text })).json()
    expect(dangers(preview.html)).toEqual([])
    for (const url of ['/posts', `/posts/${post}/comments`, '/boards', '/drafts', '/members/writer'])
      expect((await member.api('GET', url)).headers['content-type']).toMatch(/^application\/json/)
  })

  test('typed into a form that is refused comes back as text', async () => {
    for (const text of payloads)
      for (const url of [
        '/write',
        '/sign-in',
        '/sign-up',
        `/p/${post}/edit`,
        '/settings/profile',
        '/forgot',
      ]) {
        const form = {
          title: text,
          body: '',
          login: text,
          name: text,
          email: text,
          about: text.repeat(200),
          board: text,
          next: text,
          password: 'x',
        }
        expect(dangers((await member.page(url, form)).body), url).toEqual([])
      }
  })
})

type Operation = {
  parameters?: { name: string; in: string }[]
  requestBody?: { content?: Record<string, { schema?: object }> }
}
async function operations() {
  const { paths } = (await site.app.inject('/api/openapi.json')).json<{
    paths: Record<string, Record<string, Operation>>
  }>()
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      path: path.slice('/api/v1'.length),
      method: method.toUpperCase() as Parameters<Actor['api']>[0],
      operation,
    })),
  )
}
const fill = (path: string) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) =>
    name === 'slug'
      ? board
      : name === 'name'
        ? 'writer'
        : name === 'version'
          ? '1'
          : String(path.startsWith('/comments') ? comment : post),
  )

test('S36 quotes and operators in every query parameter and name of every route are only text', async () => {
  const before = await markOf(site.db)
  const texts = [
    "'",
    '" or 1=1',
    "1' union select null--",
    "'; drop table members;--",
    '\\',
    "' || pg_sleep(9)--",
  ]
  const pages = [
    '/?sort=@',
    '/?after=@',
    `/b/${'board'}?period=@`,
    '/t/@',
    '/m/@',
    '/b/@',
    '/admin/members?q=@',
    '/admin/members?before=@',
    '/mod/log?after=@',
    '/mod?show=@',
    '/write?board=@',
    '/write?draft=@',
    `/p/@`,
    '/c/@',
    '/p/@/history?from=@',
  ]
  for (const text of texts) {
    for (const page of pages)
      expect(
        (await administrator.page(page.replaceAll('@', encodeURIComponent(text)))).statusCode,
        page,
      ).toBeLessThan(500)
    for (const { path, method, operation } of await operations()) {
      if (method !== 'GET') continue
      const names = (operation.parameters ?? []).filter((one) => one.in === 'query').map((one) => one.name)
      for (const name of names)
        expect(
          (await administrator.api('GET', `${fill(path)}?${name}=${encodeURIComponent(text)}`)).statusCode,
          `${path} ${name}`,
        ).toBeLessThan(500)
      if (path.includes('{'))
        expect(
          (await administrator.api('GET', path.replace(/\{\w+\}/g, encodeURIComponent(text)))).statusCode,
          path,
        ).toBeLessThan(500)
    }
  }
  const found = await administrator.api('GET', `/admin/members?search=${encodeURIComponent("' or '1'='1")}`)
  expect(found.json().items).toEqual([])
  expect(await markOf(site.db)).toBe(before)
}, 60_000)

describe('S47 what a body does not name', () => {
  const extras = [
    'role',
    'roles',
    'isAdmin',
    'ownerId',
    'boardId',
    'board_id',
    'authorId',
    'memberId',
    'createdAt',
    'votes',
    'pinned',
    'password_hash',
    'approval',
    'scopes2',
    'proved_at',
  ]
  test('is refused by its name in every write, and changes nothing', async () => {
    const before = await markOf(site.db)
    let checked = 0
    for (const { path, method, operation } of await operations()) {
      const schema = JSON.stringify(operation.requestBody?.content?.['application/json']?.schema ?? null)
      if (schema === 'null') continue
      checked++
      for (const name of extras.filter((extra) => !schema.includes(`"${extra}":`))) {
        const answer = await administrator.api(method, fill(path), { [name]: 1 })
        expect(answer.statusCode, `${method} ${path} ${name} ${answer.body.slice(0, 200)}`).toBe(422)
        expect(answer.json().errors, `${method} ${path} ${name}`).toContainEqual(
          expect.objectContaining({ field: name, code: 'unknown' }),
        )
      }
    }
    expect(checked).toBeGreaterThan(25)
    expect(await markOf(site.db)).toBe(before)
  })

  test('is refused in a form, too, and named', async () => {
    const own = (await member.api('POST', `/boards/${board}/posts`, { title: 'By form', body: 'b' })).json()
    const before = await markOf(site.db)
    const password = 'a long fine one'
    const forms: [string, Record<string, string>][] = [
      ['/settings/profile', { about: 'me' }],
      ['/write', { title: 'By form', body: 'b', board }],
      [`/p/${own.id}/edit`, { title: 'By form', body: 'c', version: '1' }],
      ['/sign-up', { name: 'climber', email: 'climber@example.org', password, password2: password }],
    ]
    for (const name of [
      'role',
      'isAdmin',
      'ownerId',
      'authorId',
      'memberId',
      'boardId',
      'approval',
      'votes',
    ]) {
      for (const [url, form] of forms) {
        const answer = await (url === '/sign-up' ? site.guest : member).page(url, { ...form, [name]: '1' })
        expect(answer.statusCode, `${url} ${name}`).toBe(422)
        expect(answer.body, url).toContain(`<li>${name}: This field is unknown.</li>`)
      }
    }
    expect(await markOf(site.db)).toBe(before)
  })
})
