import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Board } from '#modules/boards/shapes.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { example, startPush, type TestPush } from '#test/support/push.ts'
import { identityOf, pushNow } from './push.ts'

let site: TestApp
let push: TestPush
let questions: Board

beforeAll(async () => {
  site = await makeTestApp()
  push = await startPush(identityOf(site.deps).publicKey)
  questions = await site.board({ kind: 'question' })
})
afterAll(async () => {
  await push[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})
beforeEach(() => {
  push.received.length = 0
  push.status = 201
})

let made = 0
/** A member with a browser that subscribed, whose service is the one of this test. */
async function subscriber(): Promise<Actor> {
  const member = await site.member()
  const name = `device${++made}`
  const answer = await member.api('POST', '/me/push', {
    endpoint: `https://push.example/${name}`,
    keys: push.keys,
  })
  expect(answer.statusCode, answer.body).toBe(201)
  await site.db
    .updateTable('push_subscriptions')
    .set({ endpoint: push.endpoint(name) })
    .where('member_id', '=', member.id)
    .execute()
  return member
}
async function answer(asker: Actor, title = 'Why?'): Promise<{ question: { id: number; title: string } }> {
  const helper = await site.member(`helper${++made}`)
  const question = await site.post(asker, questions, { title })
  await helper.api('POST', `/posts/${question.id}/comments`, { body: 'Because' })
  return { question }
}
const deliver = (actor: Actor) => pushNow(site.deps, actor.id, { allowPrivate: true })
const messages = () => push.received.map((one) => JSON.parse(one.text))

it('tells the device what happened and where, once', async () => {
  const asker = await subscriber()
  await answer(asker)
  await deliver(asker)
  await deliver(asker)
  expect(messages()).toEqual([
    {
      title: '마당',
      body: expect.stringContaining('answered your question “Why?”.'),
      url: expect.stringMatching(/^\/notifications\/\d+$/),
      tag: expect.stringMatching(/^n\d+$/),
    },
  ])
})

it('is queued with the answer, by members with a device alone', async () => {
  const [asker, other] = [await subscriber(), await site.member()]
  await answer(asker)
  await answer(other)
  const { rows } = await site.database.pool.query(
    "select key from graphile_worker._private_jobs where key like 'push-%'",
  )
  expect(rows.map((row) => row.key)).toContain(`push-notifications:${asker.id}`)
  expect(rows.map((row) => row.key)).not.toContain(`push-notifications:${other.id}`)
})

it('is quiet about what was read, hidden or deleted meanwhile', async () => {
  const asker = await subscriber()
  const { question } = await answer(asker)
  await asker.api('DELETE', `/posts/${question.id}`)
  await answer(asker)
  await asker.api('PUT', '/notifications/read', {})
  await deliver(asker)
  expect(push.received).toEqual([])
})

it('makes one message of many', async () => {
  const asker = await subscriber()
  for (let index = 0; index < 5; index++) await answer(asker)
  await deliver(asker)
  expect(messages()).toMatchObject([{ body: '5 new notifications', url: '/notifications' }])
})

it('forgets a device that wants no more, and one that fails again and again', async () => {
  const [gone, broken] = [await subscriber(), await subscriber()]
  const devices = async (actor: Actor) => (await actor.api('GET', '/me/push')).json().items
  push.status = 410
  await answer(gone)
  await deliver(gone)
  expect(await devices(gone)).toEqual([])
  push.status = 503
  for (let index = 0; index < 9; index++) {
    await answer(broken)
    await deliver(broken)
  }
  expect(await devices(broken)).toHaveLength(1)
  await answer(broken)
  await deliver(broken)
  expect(await devices(broken)).toEqual([])
})

it('ends with the session, and goes with whoever signs in at that device', async () => {
  const [first, second] = [await site.member(), await site.member()]
  const device = { endpoint: 'https://push.example/shared', keys: push.keys }
  await first.api('POST', '/me/push', device)
  expect((await second.api('POST', '/me/push', device)).statusCode).toBe(201)
  const itemsOf = async (actor: Actor) => (await actor.api('GET', '/me/push')).json().items
  expect(await itemsOf(first)).toEqual([])
  expect(await itemsOf(second)).toMatchObject([{ service: 'push.example' }])
  const keys = { p256dh: example.p256dh, auth: example.auth }
  expect((await first.api('POST', '/me/push', { ...device, keys })).statusCode).toBe(409)
  await site.db.deleteFrom('sessions').where('id', '=', second.viewer.sessionId).execute()
  const left = await site.db
    .selectFrom('push_subscriptions')
    .selectAll()
    .where('member_id', '=', second.id)
    .execute()
  expect(left).toEqual([])
})

it('is removed by its owner alone, and refused when it is none', async () => {
  const [owner, other] = [await subscriber(), await site.member()]
  const [device] = (await owner.api('GET', '/me/push')).json().items
  expect((await other.api('DELETE', `/me/push/${device.id}`)).statusCode).toBe(404)
  expect((await owner.api('DELETE', `/me/push/${device.id}`)).statusCode).toBe(204)
  for (const endpoint of ['http://push.example/x', 'file:///etc/passwd', 'x'])
    expect((await owner.api('POST', '/me/push', { endpoint, keys: push.keys })).statusCode).toBe(422)
  expect((await site.guest.api('POST', '/me/push', { endpoint: 'x', keys: push.keys })).statusCode).toBe(401)
})

it('is offered in the settings, where each device can be taken away without script', async () => {
  const [owner, other] = [await subscriber(), await site.member()]
  const page = await owner.page('/settings/notifications')
  expect(page.body).toContain('127.0.0.1')
  expect(page.body).toContain('data-push')
  const action = /action="(\/settings\/notifications\/devices\/\d+)"/.exec(page.body)?.[1] ?? ''
  expect((await other.page(action, {})).statusCode).toBe(404)
  expect((await owner.page(action, {})).headers.location).toBe('/settings/notifications')
  expect((await owner.page('/settings/notifications')).body).toContain(
    'No device receives push notifications.',
  )
})
