import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTestApp, type TestApp } from '#test/support/app.ts'
import { prove } from '#test/support/proof.ts'
import { mayGive, neededScope, roleWith, scopes } from './scopes.ts'

/** Every route of the API that a key reaches, by the scope that it needs. What is not here needs a session. */
const table = {
  read: [
    'GET /boards',
    'GET /boards/:slug',
    'GET /boards/:slug/news',
    'GET /boards/:slug/posts',
    'GET /chat/rooms',
    'GET /chat/rooms/:id',
    'GET /chat/rooms/:id/members',
    'GET /chat/rooms/:id/messages',
    'GET /chat/rooms/:id/messages/:number/versions',
    'GET /chat/rooms/:id/search',
    'GET /comments/:id',
    'GET /comments/:id/versions',
    'GET /comments/:id/versions.csv',
    'GET /comments/:id/versions/:version',
    'GET /drafts',
    'GET /drafts/:id',
    'GET /live',
    'GET /me',
    'GET /me/blocks',
    'GET /me/bookmarks',
    'GET /me/follows',
    'GET /me/notification-settings',
    'GET /members',
    'GET /members/:name',
    'GET /members/:name/deleted-posts',
    'GET /news',
    'GET /notifications',
    'GET /posts',
    'GET /posts/:id',
    'GET /posts/:id/comments',
    'GET /posts/:id/stats',
    'GET /posts/:id/versions',
    'GET /posts/:id/versions.csv',
    'GET /posts/:id/versions/:version',
    'GET /search',
    'GET /search/similar',
    'GET /search/suggestions',
    'GET /site',
    'GET /site/texts/:name',
    'GET /tags',
    'GET /trending',
  ],
  write: [
    'DELETE /boards/:slug/follow',
    'DELETE /chat/rooms/:id/members/:member',
    'DELETE /chat/rooms/:id/messages/:number',
    'DELETE /chat/rooms/:id/messages/:number/reactions/:emoji',
    'DELETE /chat/rooms/:id/muted',
    'DELETE /comments/:id',
    'DELETE /comments/:id/vote',
    'DELETE /drafts/:id',
    'DELETE /me/avatar',
    'DELETE /me/blocks/:member',
    'DELETE /members/:id/follow',
    'DELETE /posts/:id',
    'DELETE /posts/:id/accepted',
    'DELETE /posts/:id/bookmark',
    'DELETE /posts/:id/follow',
    'DELETE /posts/:id/vote',
    'DELETE /tags/:tag/follow',
    'PATCH /chat/rooms/:id',
    'PATCH /chat/rooms/:id/messages/:number',
    'PATCH /comments/:id',
    'PATCH /me',
    'PATCH /posts/:id',
    'POST /boards/:slug/posts',
    'POST /chat/rooms',
    'POST /chat/rooms/:id/members',
    'POST /chat/rooms/:id/messages',
    'POST /chat/rooms/:id/messages/:number/report',
    'POST /drafts',
    'POST /files',
    'POST /posts/:id/comments',
    'POST /posts/:id/share',
    'POST /preview',
    'POST /reports',
    'PUT /boards/:slug/follow',
    'PUT /chat/rooms/:id/joined',
    'PUT /chat/rooms/:id/messages/:number/reactions/:emoji',
    'PUT /chat/rooms/:id/muted',
    'PUT /chat/rooms/:id/read',
    'PUT /comments/:id/restored',
    'PUT /comments/:id/vote',
    'PUT /drafts/:id',
    'PUT /me/avatar',
    'PUT /me/blocks/:member',
    'PUT /me/notification-settings',
    'PUT /members/:id/follow',
    'PUT /notifications/read',
    'PUT /posts/:id/accepted',
    'PUT /posts/:id/bookmark',
    'PUT /posts/:id/follow',
    'PUT /posts/:id/restored',
    'PUT /posts/:id/vote',
    'PUT /tags/:tag/follow',
  ],
  moderate: [
    'DELETE /members/:id/block',
    'DELETE /posts/:id/lock',
    'DELETE /posts/:id/pin',
    'GET /moderation/log',
    'GET /moderation/messages',
    'GET /moderation/reports',
    'GET /sign-ups',
    'PUT /members/:id/approval',
    'PUT /members/:id/block',
    'PUT /moderation/messages/:id',
    'PUT /moderation/reports/:id',
    'PUT /posts/:id/board',
    'PUT /posts/:id/lock',
    'PUT /posts/:id/pin',
  ],
  admin: [
    'DELETE /admin/clients/:id',
    'DELETE /admin/logo',
    'DELETE /admin/webhooks/:id',
    'DELETE /boards/:slug',
    'DELETE /boards/:slug/archive',
    'DELETE /boards/:slug/chat',
    'GET /admin/clients',
    'GET /admin/members',
    'GET /admin/settings',
    'GET /admin/webhooks',
    'GET /admin/webhooks/:id',
    'GET /admin/webhooks/:id/deliveries',
    'PATCH /admin/settings',
    'PATCH /admin/webhooks/:id',
    'PATCH /boards/:slug',
    'POST /admin/webhooks/:id/deliveries/:delivery',
    'POST /admin/webhooks/:id/test',
    'POST /boards',
    'PUT /admin/logo',
    'PUT /admin/texts/:name',
    'PUT /boards/:slug/archive',
    'PUT /boards/:slug/chat',
    'PUT /members/:id/role',
  ],
} as const

let test: TestApp
/** `GET /posts/:id`, as the API's own description says. */
const routes: string[] = []

beforeAll(async () => {
  test = await makeTestApp()
  await test.app.ready()
  for (const [path, methods] of Object.entries(test.app.swagger().paths ?? {})) {
    const route = path.replace('/api/v1', '').replace(/\{(\w+)\}/g, ':$1')
    for (const method of Object.keys(methods ?? {})) routes.push(`${method.toUpperCase()} ${route}`)
  }
})
afterAll(() => test[Symbol.asyncDispose]())

function needs(line: string) {
  const [method = '', route = ''] = line.split(' ')
  return neededScope(method, `/api/v1${route}`)
}

describe('routes of the API', () => {
  it.each(scopes)('that need the scope %s are those of the table', (scope) => {
    expect(routes.filter((line) => needs(line) === scope).sort()).toEqual([...table[scope]].sort())
  })

  it('that the table does not name are closed to keys', async () => {
    const named = new Set<string>(Object.values(table).flat())
    const closed = routes.filter((line) => !named.has(line))
    expect(closed.filter((line) => needs(line) !== 'session')).toEqual([])
    expect(closed).toContain('PUT /me/password')
    // Not only by the table: each is asked with a key that has every scope.
    const administrator = await test.member(undefined, 'administrator')
    await prove(test, administrator)
    const made = await administrator.api('POST', '/me/keys', { name: 'all', scopes })
    for (const line of closed) {
      const [method, route = ''] = line.split(' ')
      const answer = await test.app.inject({
        method: method as 'GET',
        url: `/api/v1${route.replace(/:\w+/g, '1')}`,
        headers: { authorization: `Bearer ${made.json().key}` },
      })
      expect([answer.statusCode, answer.json().code], line).toEqual([403, 'session-needed'])
    }
  })

  it('are asked by HEAD as by GET', () => {
    for (const line of table.read) expect(needs(line.replace('GET', 'HEAD'))).toBe('read')
    expect(needs('HEAD /admin/members')).toBe('admin')
    expect(needs('HEAD /me/keys')).toBe('session')
  })
})

it.each([
  ['GET', '/'],
  ['GET', '/settings'],
  ['POST', '/b/:slug'],
  ['GET', '/api/v1'],
  ['GET', '/api/v2/posts'],
  ['GET', '/api/v1/something-new'],
  ['POST', '/api/v1/something-new'],
  ['GET', '/api/v1/postscript'],
  ['GET', '/api/v1/me/something-new'],
  ['PROPFIND', '/api/v1/me'],
])('a key is of no use for %s %s', (method, route) => {
  expect(neededScope(method, route)).toBe('session')
})

it('scopes are for roles, and lower them', () => {
  const given = (role: Parameters<typeof mayGive>[0]) => scopes.filter((scope) => mayGive(role, scope))
  expect(given('member')).toEqual(['read', 'write'])
  expect(given('moderator')).toEqual(['read', 'write', 'moderate'])
  expect(given('administrator')).toEqual([...scopes])
  expect(roleWith('administrator', ['read', 'write'])).toBe('member')
  expect(roleWith('administrator', ['moderate'])).toBe('moderator')
  expect(roleWith('administrator', ['admin'])).toBe('administrator')
  expect(roleWith('moderator', ['admin', 'moderate'])).toBe('moderator')
  expect(roleWith('member', [...scopes])).toBe('member')
})
