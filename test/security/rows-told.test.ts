import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { identityOf } from '#modules/notifications/push.ts'
import { unsubscribeToken } from '#modules/notifications/unsubscribe.ts'
import { sendPush } from '#platform/web-push.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { workOff } from '#test/support/jobs.ts'
import { startPush } from '#test/support/push.ts'

let site: TestApp
let administrator: Actor
beforeAll(async () => {
  site = await makeTestApp()
  administrator = await site.member('boss', 'administrator')
})
afterAll(() => site[Symbol.asyncDispose]())

type Told = { id: number; text: string; post: { title: string } | null; board: { name: string } | null }
async function toldTo(actor: Actor): Promise<Told[]> {
  await workOff(site)
  return (await actor.api('GET', '/notifications')).json().items
}

describe('S08 a notification', () => {
  test('names no board that its reader followed and may no longer see, also when the post has left it', async () => {
    const [fan, writer] = [await site.member(), await site.member()]
    const shed = await site.board({ slug: 'shed', name: 'Shed' })
    const lawn = await site.board({ slug: 'lawn', name: 'Lawn' })
    await fan.api('PUT', '/boards/shed/follow', { level: 'everything' })
    const post = await site.post(writer, shed, { title: 'Rake' })
    expect((await toldTo(fan))[0]?.board?.name).toBe('Shed')
    await administrator.api('PUT', `/posts/${post.id}/board`, { board: lawn.slug, reason: 'there' })
    await administrator.api('PATCH', '/boards/shed', { name: 'Plot against fan', readBy: 'moderators' })
    const answer = await fan.api('GET', '/notifications')
    expect(answer.body).not.toMatch(/Plot|shed/i)
    expect(answer.json().unread).toBe(0)
    expect((await fan.page('/notifications')).body).not.toMatch(/Plot|shed/i)
  })

  test('of a removed comment keeps quiet about the title of a post that its author took back', async () => {
    const [writer, guest] = [await site.member(), await site.member()]
    const post = await site.post(writer, await site.board(), { title: 'Regretted title' })
    const comment = (await guest.api('POST', `/posts/${post.id}/comments`, { body: 'rude' })).json()
    await administrator.api('DELETE', `/comments/${comment.id}`, { reason: 'rude' })
    expect((await toldTo(guest))[0]?.post?.title).toBe('Regretted title')
    await writer.api('DELETE', `/posts/${post.id}`)
    const [told] = await toldTo(guest)
    expect(told?.post).toBeNull()
    expect((await guest.api('GET', '/notifications')).body).not.toContain('Regretted')
    expect((await guest.page('/notifications')).body).not.toContain('Regretted')
  })

  test('from the board of moderators is gone with the rank: from the list, the count and its own address', async () => {
    const [keeper, other] = [
      await site.member('keeper', 'moderator'),
      await site.member('second', 'moderator'),
    ]
    const attic = await site.board({ slug: 'attic', readBy: 'moderators' })
    await site.post(other, attic, { title: 'About members', body: '@keeper look' })
    const [told] = await toldTo(keeper)
    expect(told?.text).toContain('About members')
    await administrator.api('PUT', `/members/${keeper.id}/role`, { role: 'member' })
    const answer = await keeper.api('GET', '/notifications')
    expect(answer.json()).toMatchObject({ items: [], unread: 0 })
    const opened = await keeper.page(`/notifications/${told?.id}`)
    expect(opened.statusCode).toBe(404)
    expect(opened.body).not.toContain('About members')
  })
})

describe('a link that ends mails', () => {
  test('is not pressed by who only looks at it, whatever for', async () => {
    const reader = await site.member()
    const url = `/unsubscribe/${unsubscribeToken({ memberId: reader.id, what: 'all' }, site.deps.key)}`
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE'] as const)
      for (const headers of [{}, { purpose: 'prefetch' }, { 'x-http-method-override': 'POST' }])
        await site.app.inject({ method, url: `${url}?_method=POST&List-Unsubscribe=One-Click`, headers })
    const { kinds } = (await reader.api('GET', '/me/notification-settings')).json()
    expect(kinds.answer.mail).toBe('now')
  })

  test('is guessed by nobody, and says of no number whether there is such a member', async () => {
    const reader = await site.member()
    const signature = 'A'.repeat(43)
    const answers = await Promise.all(
      [reader.id, 999_999, 0].map((id) => site.guest.page(`/unsubscribe/${id}-all-${signature}`)),
    )
    const said = answers.map(
      ({ statusCode, body }) =>
        `${statusCode} ${body.replace(/<code>.*?<\/code>/g, '').replace(/\d+-all-A+/g, '')}`,
    )
    expect(new Set(said).size).toBe(1)
    expect(said[0]).toMatch(/^404/)
  })
})

test('S25 a push service that sends elsewhere is not followed, and none inside is asked', async () => {
  let asked = 0
  const server = createServer((request, response) => {
    if (request.url === '/inside') asked++
    response.writeHead(307, { location: '/inside' }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  await using push = await startPush('')
  const given = { identity: identityOf(site.deps), text: 'x', topic: 'x', now: site.clock.now }
  const to = (endpoint: string) => ({ endpoint, ...push.keys })
  const moved = await sendPush(to(`http://127.0.0.1:${port}/`), { ...given, reach: { allowPrivate: true } })
  expect(moved).toMatchObject({ ok: false, gone: false })
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '0x7f.1', '169.254.169.254'])
    expect(await sendPush(to(`https://${host}:${port}/inside`), given), host).toMatchObject({
      ok: false,
      problem: expect.stringMatching(/not-public|bad-address|no-address/),
    })
  expect(asked).toBe(0)
  await new Promise<void>((resolve) => server.close(() => resolve()))
  const reader = await site.member()
  for (const endpoint of [
    'http://push.example/1',
    'file:///etc/passwd',
    'javascript:1',
    'x',
    `https://push.example/${'x'.repeat(1000)}`,
  ]) {
    const refused = await reader.api('POST', '/me/push', { endpoint, keys: push.keys })
    expect(refused.statusCode, endpoint).toBe(422)
  }
})
