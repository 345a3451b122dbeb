import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { emit } from '#events.ts'
import type { Board } from '#modules/boards/shapes.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { prove } from '#test/support/proof.ts'
import { deliver, forgetOldDeliveries } from './deliver.ts'

type Received = { url: string; headers: IncomingMessage['headers']; body: string }
const received: Received[] = []
let answer: (response: ServerResponse) => void = (response) => response.end('thanks')

const receiver = createServer((request, response) => {
  let body = ''
  request.on('data', (part: Buffer) => {
    body += part.toString()
  })
  request.on('end', () => {
    received.push({ url: request.url ?? '', headers: request.headers, body })
    answer(response)
  })
})

let test: TestApp
let administrator: Actor
let member: Actor
let board: Board
let port = 0

beforeAll(async () => {
  test = await makeTestApp()
  administrator = await test.member('boss', 'administrator')
  member = await test.member('minji')
  board = await test.board({ slug: 'talk', name: 'Talk' })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const address = receiver.address()
  port = typeof address === 'object' && address ? address.port : 0
})
afterAll(async () => {
  receiver.closeAllConnections()
  receiver.close()
  await test[Symbol.asyncDispose]()
})
beforeEach(async () => {
  received.length = 0
  answer = (response) => response.end('thanks')
  test.clock.now = new Date('2026-11-21T03:00:00Z')
  await test.db.deleteFrom('webhooks').execute()
  await test.database.pool.query('delete from graphile_worker._private_jobs')
  await test.deps.webhooks.refresh()
  await prove(test, administrator)
})

/** Through the page; the name leads to this machine only for deliveries that are told so. */
async function hook(
  events: string[],
  more: Record<string, string> = {},
): Promise<{ id: string; secret: string }> {
  const boxes = Object.fromEntries(events.map((event) => [`event-${event}`, '1']))
  const url = `http://receiver.example:${port}/in?from=madang`
  const page = await administrator.page('/admin/webhooks', { url, ...boxes, ...more })
  expect(page.statusCode, page.body.slice(0, 3000)).toBe(200)
  expect(page.headers['cache-control']).toBe('no-store')
  const id = /wh_[0-9a-f]{18}/.exec(page.body)?.[0] ?? ''
  const secret = /ws_[\w-]{43}/.exec(page.body)?.[0] ?? ''
  return { id, secret }
}

const here = { allowPrivate: true, resolve: async () => ['127.0.0.1'] }

type Job = { id: number; at: Date }

async function jobs(): Promise<Job[]> {
  const { rows } = await test.database.pool.query<{ payload: { id: number }; run_at: Date }>(
    `select j.payload, j.run_at from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
     where t.identifier = 'deliver-webhook' order by j.id`,
  )
  return rows.map((row) => ({ id: row.payload.id, at: row.run_at }))
}

/** Does what the worker does with every job that waits. */
async function work(reach: typeof here | null = here): Promise<void> {
  const waiting = await jobs()
  await test.database.pool.query('delete from graphile_worker._private_jobs')
  const { sealingKey } = test.deps
  const deps = { db: test.db, sealingKey, origin: 'https://yard.example' }
  for (const { id } of waiting) await deliver(deps, { id, now: test.clock.now, ...(reach ? { reach } : {}) })
}
const deliveries = () => test.db.selectFrom('webhook_deliveries').selectAll().orderBy('id').execute()
const texts = () => received.map((one) => JSON.parse(one.body))

describe('what is told', () => {
  it('is a new post, signed, with a time and an id, to whoever wants to know', async () => {
    const { id, secret } = await hook(['post.published'])
    const post = await test.post(member, board, { title: 'Lost dog', body: 'A **brown** one', tags: ['dog'] })
    await work()
    expect(texts()).toEqual([
      {
        id: expect.any(Number),
        event: 'post.published',
        at: '2026-11-21T03:00:00.000Z',
        post: {
          id: post.id,
          title: 'Lost dog',
          kind: 'discussion',
          tags: ['dog'],
          excerpt: 'A brown one',
          url: `https://yard.example/p/${post.id}/lost-dog`,
          board: { slug: 'talk', name: 'Talk' },
          author: { id: member.id, name: 'minji' },
        },
      },
    ])
    const { headers, body, url } = received[0] ?? { headers: {}, body: '', url: '' }
    const timestamp = String(Math.floor(test.clock.now.getTime() / 1000))
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-madang-client': id,
      'x-madang-event': 'post.published',
      'x-madang-delivery': String(texts()[0].id),
      'x-madang-timestamp': timestamp,
    })
    const hash = createHash('sha256').update(body).digest('hex')
    const text = `${timestamp}\nPOST\n${url}\n${hash}`
    expect(headers['x-madang-signature']).toBe(createHmac('sha256', secret).update(text).digest('hex'))
    expect(await deliveries()).toMatchObject([{ state: 'sent', tries: 1, status: 200, problem: '' }])
  })

  it('is a comment, a report without who and why, and a new member', async () => {
    await hook(['comment.written', 'report.opened', 'member.joined'])
    const post = await test.post(member, board, { title: 'Hello' })
    const comment = (await member.api('POST', `/posts/${post.id}/comments`, { body: 'Welcome' })).json()
    const reporter = await test.member('watcher')
    const report = { comment: comment.id, reason: 'abuse', detail: 'secret words' }
    const reported = await reporter.api('POST', '/reports', report)
    expect(reported.statusCode, reported.body).toBe(201)
    const joined = await test.guest.api('POST', '/members', {
      name: 'newcomer',
      email: 'newcomer@example.org',
      password: 'long enough for everyone',
    })
    await work()
    expect(texts()).toMatchObject([
      {
        event: 'comment.written',
        comment: { id: comment.id, parent: null, answer: false, excerpt: 'Welcome', post: { id: post.id } },
      },
      { event: 'report.opened', report: { about: { kind: 'comment', id: comment.id } } },
      { event: 'member.joined', member: { id: joined.json().id, name: 'newcomer' } },
    ])
    const all = JSON.stringify(received)
    for (const hidden of ['watcher', 'secret words', 'abuse', 'newcomer@example.org'])
      expect(all).not.toContain(hidden)
  })

  it('is that a post or comment was edited, deleted or restored: deleted ones by their ids alone', async () => {
    await hook(['post.edited', 'post.deleted', 'post.restored', 'comment.edited', 'comment.deleted'])
    const post = await test.post(member, board, { title: 'Lost dog' })
    const comment = (await member.api('POST', `/posts/${post.id}/comments`, { body: 'Welcome' })).json()
    await member.api('PATCH', `/posts/${post.id}`, { title: 'Found dog' })
    await member.api('PATCH', `/comments/${comment.id}`, { body: 'Very welcome' })
    await work()
    expect(texts()).toMatchObject([
      { event: 'post.edited', post: { id: post.id, title: 'Found dog' } },
      { event: 'comment.edited', comment: { id: comment.id, excerpt: 'Very welcome' } },
    ])
    received.length = 0
    await member.api('DELETE', `/comments/${comment.id}`)
    await member.api('DELETE', `/posts/${post.id}`)
    await work()
    const [first, second, ...more] = texts()
    expect(first).toEqual({
      id: expect.any(Number),
      event: 'comment.deleted',
      at: '2026-11-21T03:00:00.000Z',
      comment: { id: comment.id, post: { id: post.id } },
    })
    expect(second).toEqual({
      id: expect.any(Number),
      event: 'post.deleted',
      at: '2026-11-21T03:00:00.000Z',
      post: { id: post.id },
    })
    expect(more).toEqual([])
    received.length = 0
    await member.api('PUT', `/posts/${post.id}/restored`)
    await (await test.member(undefined, 'moderator')).api('PUT', `/posts/${post.id}/pin`, {})
    await work()
    expect(texts()).toMatchObject([{ event: 'post.restored', post: { title: 'Found dog' } }])
  })

  it('is no deletion on a board that not everyone may read', async () => {
    await hook(['post.deleted', 'comment.deleted', 'post.edited'])
    const post = await test.post(member, await test.board({ readBy: 'members' }))
    const comment = (await member.api('POST', `/posts/${post.id}/comments`, { body: 'x' })).json()
    await member.api('PATCH', `/posts/${post.id}`, { title: 'Between us' })
    await member.api('DELETE', `/comments/${comment.id}`)
    await member.api('DELETE', `/posts/${post.id}`)
    await work()
    expect(received).toEqual([])
    expect((await deliveries()).map((one) => one.state)).toEqual(['gone', 'gone', 'gone'])
  })

  it('is nothing of boards that not everyone may read, unless the webhook is for them too', async () => {
    const hidden = await test.board({ readBy: 'members' })
    await hook(['post.published', 'comment.written', 'report.opened'])
    await hook(['post.published'], { private: '1' })
    const post = await test.post(member, hidden, { title: 'Only among us' })
    await member.api('POST', `/posts/${post.id}/comments`, { body: 'x' })
    await (await test.member()).api('POST', '/reports', { post: post.id, reason: 'spam' })
    await work()
    expect(texts()).toMatchObject([{ event: 'post.published', post: { title: 'Only among us' } }])
    const states = (await deliveries()).map((one) => [one.event, one.state])
    expect(states.sort()).toEqual([
      ['comment.written', 'gone'],
      ['post.published', 'gone'],
      ['post.published', 'sent'],
      ['report.opened', 'gone'],
    ])
  })

  it('is nothing that was deleted or hidden before it was sent', async () => {
    await hook(['post.published'])
    const [one, two] = [await test.post(member, board), await test.post(member, board)]
    await member.api('DELETE', `/posts/${one.id}`)
    const moderators = await test.board({ readBy: 'moderators' })
    await test.db.updateTable('posts').set({ board_id: moderators.id }).where('id', '=', two.id).execute()
    await work()
    expect(received).toEqual([])
    expect((await deliveries()).map((delivery) => delivery.state)).toEqual(['gone', 'gone'])
  })

  it('is not told of a write that came to nothing', async () => {
    await hook(['post.published'])
    await test.db
      .transaction()
      .execute(async (tx) => {
        await emit(tx, { type: 'post.published', postId: 1, mentions: [], at: test.clock.now })
        throw new Error('changed my mind')
      })
      .catch(() => {})
    expect([await jobs(), await deliveries()]).toEqual([[], []])
  })
})

describe('where nobody wants to know', () => {
  it('nothing is asked, written or enqueued', async () => {
    const isHeard = (type: 'comment.written' | 'comment.changed' | 'member.joined') =>
      test.deps.webhooks.wants(type)
    expect(isHeard('comment.written')).toBe(false)
    const { id } = await hook(['member.joined'])
    expect([isHeard('comment.written'), isHeard('comment.changed'), isHeard('member.joined')]).toEqual([
      false,
      false,
      true,
    ])
    const post = await test.post(member, board)
    await member.api('POST', `/posts/${post.id}/comments`, { body: 'x' })
    expect([await jobs(), await deliveries()]).toEqual([[], []])
    await administrator.page(`/admin/webhooks/${id}/off`, {})
    expect(isHeard('member.joined')).toBe(false)
    await administrator.page(`/admin/webhooks/${id}/on`, {})
    expect(isHeard('member.joined')).toBe(true)
    await administrator.page(`/admin/webhooks/${id}/remove`, {})
    expect(isHeard('member.joined')).toBe(false)
  })
})

describe('a delivery that fails', () => {
  it('is tried again later and later, then given up, each time with what is true then', async () => {
    const { id } = await hook(['post.published'])
    const post = await test.post(member, board, { title: 'First' })
    answer = (response) => response.writeHead(500).end()
    const waits: number[] = []
    for (let round = 0; round < 9; round++) {
      await work()
      const [next] = await jobs()
      if (next) {
        waits.push((next.at.getTime() - test.clock.now.getTime()) / 1000)
        test.clock.now = next.at
      }
      if (round === 0) await member.api('PATCH', `/posts/${post.id}`, { title: 'Second' })
    }
    expect(waits).toEqual([10, 60, 300, 1800, 3600, 7200, 14_400, 28_800])
    expect(texts().map((text) => text.post.title)).toEqual(['First', ...Array(8).fill('Second')])
    expect(new Set(texts().map((text) => text.id)).size).toBe(1)
    expect(await deliveries()).toMatchObject([{ state: 'failed', tries: 9, status: 500, problem: 'status' }])
    const page = await administrator.page(`/admin/webhooks/${id}`)
    expect(page.body).toContain('The receiver did not answer with success (2xx).')
    expect(page.body).toContain('9 failures in a row')
  })

  it('is sent again by hand, and forgiven when it arrives', async () => {
    const { id } = await hook(['post.published'])
    await test.post(member, board)
    answer = (response) => response.writeHead(404).end()
    await work()
    answer = (response) => response.end()
    const [delivery] = await deliveries()
    await test.database.pool.query('delete from graphile_worker._private_jobs')
    const again = `/admin/webhooks/${id}/deliveries/${delivery?.id}`
    expect((await member.page(again, {})).statusCode).toBe(403)
    expect((await administrator.page(again, {})).statusCode).toBe(303)
    await work()
    expect(await deliveries()).toMatchObject([{ state: 'sent', tries: 1, status: 200, problem: '' }])
    const row = await test.db.selectFrom('webhooks').selectAll().executeTakeFirstOrThrow()
    expect(row).toMatchObject({ failures: 0, failing_since: null, disabled_at: null })
    expect((await administrator.page(`/admin/webhooks/${id}/deliveries/999999`, {})).statusCode).toBe(404)
  })

  it.each<[string, (response: ServerResponse) => void]>([
    ['too-many-redirects', (response) => response.writeHead(302, { location: '/elsewhere' }).end()],
    ['too-large', (response) => response.end('x'.repeat(100_001))],
    ['unreachable', (response) => response.destroy()],
  ])('says why: %s', async (problem, how) => {
    const { id } = await hook(['post.published'])
    await test.post(member, board)
    answer = how
    await work()
    expect(await deliveries()).toMatchObject([{ state: 'waiting', tries: 1, problem }])
    expect((await administrator.page(`/admin/webhooks/${id}`)).body).toMatch(/danger-text">[A-Z]/)
    expect(received).toHaveLength(1)
  })

  it('never reaches an address that is not public', async () => {
    await hook(['post.published'])
    await test.post(member, board)
    const { sealingKey } = test.deps
    const [job] = await jobs()
    const deps = { db: test.db, sealingKey, origin: 'https://yard.example' }
    const reach = { resolve: here.resolve }
    await deliver(deps, { id: job?.id ?? 0, now: test.clock.now, reach })
    expect(received).toEqual([])
    expect(await deliveries()).toMatchObject([{ state: 'waiting', problem: 'not-public' }])
  })

  it('switches the webhook off after ten in a row over more than an hour, and not before', async () => {
    const { id } = await hook(['post.published'])
    answer = (response) => response.writeHead(500).end()
    const fail = async () => {
      await test.post(member, board)
      await work()
      await test.database.pool.query('delete from graphile_worker._private_jobs')
    }
    for (let index = 0; index < 12; index++) await fail()
    const state = () => test.db.selectFrom('webhooks').selectAll().executeTakeFirstOrThrow()
    expect(await state()).toMatchObject({ failures: 12, disabled_at: null })
    test.clock.now = new Date(test.clock.now.getTime() + 3_600_001)
    await fail()
    expect(await state()).toMatchObject({ failures: 13, disabled_why: 'failures' })
    const last = (await deliveries()).at(-1)?.id ?? 0
    await test.post(member, board)
    const { sealingKey } = test.deps
    await deliver({ db: test.db, sealingKey, origin: '' }, { id: last, now: test.clock.now, reach: here })
    expect((await deliveries()).at(-1)).toMatchObject({ id: last, state: 'stopped' })
    const page = await administrator.page(`/admin/webhooks/${id}`)
    expect(page.body).toContain('Off after many failures')
    const [first] = await deliveries()
    expect((await administrator.page(`/admin/webhooks/${id}/deliveries/${first?.id}`, {})).statusCode).toBe(
      409,
    )
    await administrator.page(`/admin/webhooks/${id}/on`, {})
    expect(await state()).toMatchObject({ failures: 0, disabled_at: null, disabled_why: null })
  })
})

describe('webhooks', () => {
  it.each([
    ['nothing', '', 'required'],
    ['no address', 'somewhere', 'webhook-address'],
    ['a file', 'file:///etc/passwd', 'webhook-address'],
    ['a name and password', 'https://me:secret@example.org/', 'webhook-address'],
    ['this machine', 'http://127.0.0.1/', 'webhook-not-public'],
    ['this machine by name', 'http://localhost:3000/', 'webhook-not-public'],
    ['this machine with a dot', 'http://localhost./', 'webhook-not-public'],
    ['this machine as a number', 'http://2130706433/', 'webhook-not-public'],
    ['this machine in IPv6', 'http://[::1]/', 'webhook-not-public'],
    ['a private network', 'https://10.1.2.3/', 'webhook-not-public'],
    ['the cloud beside it', 'http://169.254.169.254/latest/meta-data', 'webhook-not-public'],
    ['IPv4 in IPv6', 'http://[::ffff:127.0.0.1]/', 'webhook-not-public'],
  ])('refuse %s as an address', async (_, url, code) => {
    const page = await administrator.page('/admin/webhooks', { url, 'event-post.published': '1' })
    expect(page.statusCode).toBe(422)
    const { en } = await import('#words/en.ts')
    const text: unknown = Object.entries(en.fields).find(([name]) => name === code)?.[1]
    expect(page.body).toContain(String(text))
    expect(await test.db.selectFrom('webhooks').selectAll().execute()).toEqual([])
  })

  it('are made only by who just showed who they are', async () => {
    const other = await test.member(undefined, 'administrator')
    const values = { url: 'https://example.org/hook', 'event-post.published': '1' }
    const refused = await other.page('/admin/webhooks', values)
    expect(refused.headers.location).toBe('/settings/security/prove?next=%2Fadmin%2Fwebhooks')
    expect((await other.page('/admin/webhooks')).body).not.toContain('name="url"')
    expect(await test.db.selectFrom('webhooks').selectAll().execute()).toEqual([])
    await prove(test, other)
    expect((await other.page('/admin/webhooks', values)).statusCode).toBe(200)
  })

  it('need an event', async () => {
    const page = await administrator.page('/admin/webhooks', { url: 'https://example.org/hook' })
    expect(page.statusCode).toBe(422)
  })

  it('are for administrators alone', async () => {
    const { id } = await hook(['post.published'])
    const moderator = await test.member(undefined, 'moderator')
    for (const actor of [member, moderator]) {
      expect((await actor.page('/admin/webhooks')).statusCode).toBe(403)
      expect((await actor.page(`/admin/webhooks/${id}`)).statusCode).toBe(403)
      for (const part of ['on', 'off', 'test', 'remove'])
        expect((await actor.page(`/admin/webhooks/${id}/${part}`, {})).statusCode).toBe(403)
    }
    expect((await test.guest.page('/admin/webhooks')).statusCode).toBe(303)
    expect((await administrator.page(`/admin/webhooks/${id}`)).statusCode).toBe(200)
    expect((await administrator.page('/admin/webhooks/wh_none')).statusCode).toBe(404)
  })

  it('show their secret once and keep it sealed', async () => {
    const { id, secret } = await hook(['post.published'])
    for (const url of ['/admin/webhooks', `/admin/webhooks/${id}`])
      expect((await administrator.page(url)).body).not.toContain(secret)
    const row = await test.db.selectFrom('webhooks').selectAll().executeTakeFirstOrThrow()
    expect(row.secret_sealed.toString('latin1')).not.toContain(secret)
  })

  it('send a test that says nothing', async () => {
    const { id } = await hook(['member.joined'])
    await administrator.page(`/admin/webhooks/${id}/test`, {})
    await work()
    expect(texts()).toEqual([
      { id: expect.any(Number), event: 'test', at: '2026-11-21T03:00:00.000Z', site: 'https://yard.example' },
    ])
  })

  it('forget what they sent after two weeks', async () => {
    const { id } = await hook(['post.published'])
    await test.post(member, board)
    await work()
    await forgetOldDeliveries(test.db, new Date(test.clock.now.getTime() + 13 * 86_400_000))
    expect((await administrator.page(`/admin/webhooks/${id}`)).body).toContain('Received')
    await forgetOldDeliveries(test.db, new Date(test.clock.now.getTime() + 15 * 86_400_000))
    expect((await administrator.page(`/admin/webhooks/${id}`)).body).toContain('Nothing was sent yet.')
  })
})
