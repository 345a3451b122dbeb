import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { prove } from '#test/support/proof.ts'

let test: TestApp
let administrator: Actor
beforeAll(async () => {
  test = await makeTestApp()
  administrator = await test.member('boss', 'administrator')
})
afterAll(() => test[Symbol.asyncDispose]())
beforeEach(() => prove(test, administrator))

it('replies and votes cost the statements that they cost without webhooks, unless a webhook wants them', async () => {
  await using counted = await makeTestApp({ countQueries: true })
  const writer = await counted.member()
  const post = await counted.post(writer, await counted.board())
  const statements = async (work: () => Promise<unknown>) => {
    counted.queries.count = 0
    await work()
    return counted.queries.count
  }
  const reply = () => statements(() => writer.api('POST', `/posts/${post.id}/comments`, { body: 'x' }))
  const vote = () => statements(() => writer.api('DELETE', `/posts/${post.id}/vote`))
  await reply()
  const before = [await reply(), await vote()]
  const row = { id: 'wh_test', url: 'https://example.org/', events: ['post.published'], private: false }
  const rest = { secret_sealed: Buffer.from(''), by_id: writer.id, created_at: counted.clock.now }
  await counted.db
    .insertInto('webhooks')
    .values({ ...row, ...rest })
    .execute()
  await counted.deps.webhooks.refresh()
  expect([await reply(), await vote()]).toEqual(before)
  await counted.db
    .updateTable('webhooks')
    .set({ events: ['comment.written'] })
    .execute()
  await counted.deps.webhooks.refresh()
  const [heard, voted] = [await reply(), await vote()]
  expect(heard).toBeGreaterThan(before[0] ?? 0)
  expect(voted).toBe(before[1])
})

describe('webhooks in the API', () => {
  const input = { url: 'https://example.org/hook', events: ['post.edited', 'member.joined'] }
  it('are made, listed, switched and removed by administrators', async () => {
    const made = await administrator.api('POST', '/admin/webhooks', input)
    expect(made.statusCode, made.body).toBe(201)
    expect(made.headers['cache-control']).toBe('no-store')
    const { secret, ...shown } = made.json()
    expect(secret).toMatch(/^ws_[\w-]{43}$/)
    expect(shown).toMatchObject({ ...input, private: false, failures: 0, disabledAt: null })
    const list = await administrator.api('GET', '/admin/webhooks')
    expect(list.json()).toEqual({ items: [shown], next: null })
    const at = `/admin/webhooks/${shown.id}`
    expect((await administrator.api('GET', at)).json()).toEqual(shown)
    const off = (await administrator.api('PATCH', at, { on: false })).json()
    expect(off).toMatchObject({ disabledWhy: 'administrator' })
    expect((await administrator.api('POST', `${at}/test`)).json().code).toBe('webhook-off')
    expect((await administrator.api('PATCH', at, { on: true })).json().disabledAt).toBeNull()
    const sent = await administrator.api('POST', `${at}/test`)
    expect(sent.statusCode).toBe(202)
    const { items } = (await administrator.api('GET', `${at}/deliveries`)).json()
    expect(items).toMatchObject([{ id: sent.json().id, event: 'test', state: 'waiting', tries: 0 }])
    expect((await administrator.api('POST', `${at}/deliveries/${sent.json().id}`)).statusCode).toBe(202)
    expect((await administrator.api('POST', `${at}/deliveries/999999`)).statusCode).toBe(404)
    expect(list.body + (await administrator.page('/admin/webhooks')).body).not.toContain(secret)
    expect((await administrator.api('DELETE', at)).statusCode).toBe(204)
    expect((await administrator.api('GET', at)).statusCode).toBe(404)
  })

  it.each([
    [{ url: 'http://127.0.0.1/' }, 'url'],
    [{ events: [] }, 'events'],
    [{ events: ['everything'] }, 'events.0'],
    [{ secret: 'mine' }, 'secret'],
  ])('refuse %o', async (values, field) => {
    const answer = await administrator.api('POST', '/admin/webhooks', { ...input, ...values })
    expect([answer.statusCode, answer.json().errors?.[0].field]).toEqual([422, field])
  })

  it('take a proof and the role', async () => {
    const [other, moderator] = [
      await test.member(undefined, 'administrator'),
      await test.member(undefined, 'moderator'),
    ]
    await prove(test, moderator)
    expect((await other.api('POST', '/admin/webhooks', input)).json().code).toBe('prove-again')
    expect((await moderator.api('POST', '/admin/webhooks', input)).json().code).toBe('forbidden')
    expect((await moderator.api('GET', '/admin/webhooks')).statusCode).toBe(403)
  })
})
