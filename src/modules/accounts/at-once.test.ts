import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { hashPassword } from './passwords.ts'
import { openSession, signAccessToken } from './sessions.ts'

let site: TestApp
let origin: string
let hash: string
let chief: Actor
beforeAll(async () => {
  site = await makeTestApp()
  await site.app.listen({ port: 0, host: '127.0.0.1' })
  const address = site.app.server.address()
  origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  hash = await hashPassword(password)
  chief = await site.member('chief', 'administrator')
})
afterAll(() => site[Symbol.asyncDispose]())

const password = 'correct horse battery'

/** A member with a browser's cookie and a client's token, who asks over real connections. */
async function signedIn(role: 'member' | 'moderator' = 'member') {
  const actor = await site.member(undefined, role)
  await site.db.updateTable('members').set({ password_hash: hash }).where('id', '=', actor.id).execute()
  const now = site.clock.now
  const browser = await openSession(site.db, { memberId: actor.id, kind: 'browser', agent: 'one', now })
  const client = await openSession(site.db, { memberId: actor.id, kind: 'client', agent: 'two', now })
  const token = await signAccessToken({ memberId: actor.id, sessionId: client.id, key: site.deps.key, now })
  const send = async (path: string, headers: Record<string, string>, body?: object) => {
    const json = body ? { 'content-type': 'application/json' } : {}
    const answer = await fetch(origin + path, {
      method: body ? 'POST' : 'GET',
      headers: { ...headers, ...json },
      redirect: 'manual',
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    await answer.arrayBuffer()
    return answer.status
  }
  const cookie = { cookie: `madang=${browser.token}`, origin }
  const bearer = { authorization: `Bearer ${token}` }
  return {
    ...actor,
    refresh: () => send('/api/v1/sessions/refresh', {}, { refreshToken: client.token }),
    byCookie: (path: string, body?: object) => send(path, cookie, body),
    byToken: (path: string, body?: object) => send(path, bearer, body),
  }
}

/** What `look` sees from now on within a second; the last of it. */
async function withinASecond(look: () => Promise<number[]>, wanted: number[]): Promise<void> {
  const until = performance.now() + 1000
  let seen = await look()
  while (performance.now() < until && seen.join() !== wanted.join()) seen = await look()
  expect(seen).toEqual(wanted)
}

describe('over real connections, within a second', () => {
  test('a block ends writing for cookie and token', async () => {
    const board = await site.board()
    const member = await signedIn()
    const post = { title: 'Hello', body: 'Text' }
    const path = `/api/v1/boards/${board.slug}/posts`
    expect([await member.byCookie(path, post), await member.byToken(path, post)]).toEqual([201, 201])
    await chief.api('PUT', `/members/${member.id}/block`, { reason: 'rest' })
    await withinASecond(
      async () => [await member.byCookie(path, post), await member.byToken(path, post)],
      [403, 403],
    )
  })

  test('a demotion ends the role for cookie and token', async () => {
    const mod = await signedIn('moderator')
    const look = async () => [await mod.byCookie('/mod'), await mod.byToken('/api/v1/moderation/reports')]
    expect(await look()).toEqual([200, 200])
    await chief.api('PUT', `/members/${mod.id}/role`, { role: 'member' })
    await withinASecond(look, [403, 403])
    expect(await mod.byToken('/api/v1/me')).toBe(200)
  })

  test('a new password ends every other cookie, access token and refresh token', async () => {
    const member = await signedIn()
    const look = async () => [await member.byCookie('/settings'), await member.byToken('/api/v1/me')]
    expect(await look()).toEqual([200, 200])
    await member.api('PUT', '/me/password', { password, newPassword: 'another long phrase' })
    await withinASecond(look, [303, 401])
    expect(await member.refresh()).toBe(401)
    expect((await member.api('GET', '/me')).statusCode).toBe(200)
  })

  test('withdrawal ends every cookie, access token and refresh token', async () => {
    const member = await signedIn()
    const look = async () => [await member.byCookie('/settings'), await member.byToken('/api/v1/me')]
    expect(await look()).toEqual([200, 200])
    expect((await member.api('DELETE', '/me', { password })).statusCode).toBe(204)
    await withinASecond(look, [303, 401])
    expect(await member.refresh()).toBe(401)
  })

  test('signing out one device ends its token, and no other', async () => {
    const member = await signedIn()
    const { items } = (await member.api('GET', '/me/sessions')).json()
    const two = items.find((one: { agent: string }) => one.agent === 'two')
    await member.api('DELETE', `/me/sessions/${two.id}`)
    const look = async () => [await member.byCookie('/settings'), await member.byToken('/api/v1/me')]
    await withinASecond(look, [200, 401])
    expect(await member.refresh()).toBe(401)
  })
})
