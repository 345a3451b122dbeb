import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Board } from '#modules/boards/shapes.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { workOff } from '#test/support/jobs.ts'
import { startSmtp, type TestSmtp } from '#test/support/smtp.ts'
import { startDigests } from './mails.ts'
import { unsubscribeToken } from './unsubscribe.ts'

let smtp: TestSmtp
let site: TestApp
let board: Board
let questions: Board

beforeAll(async () => {
  smtp = await startSmtp()
  site = await makeTestApp({
    env: { SMTP_URL: smtp.url, MAIL_FROM: 'madang@example.org', BASE_URL: 'http://madang.example' },
  })
  board = await site.board()
  questions = await site.board({ kind: 'question' })
})
afterAll(async () => {
  await site[Symbol.asyncDispose]()
  await smtp[Symbol.asyncDispose]()
})
beforeEach(() => {
  smtp.mails.length = 0
  site.clock.now = new Date('2026-11-18T03:00:00Z')
})

async function reader(name?: string): Promise<Actor> {
  const member = await site.member(name)
  const values = { email_confirmed_at: site.clock.now }
  await site.db.updateTable('members').set(values).where('id', '=', member.id).execute()
  return member
}
const comment = (actor: Actor, postId: number, body: string) =>
  actor.api('POST', `/posts/${postId}/comments`, { body })
const mailsTo = (actor: Actor) =>
  smtp.mails.filter((mail) => mail.to.includes(`${actor.name}@example.org`.toLowerCase()))
const wants = (actor: Actor, kind: string, mail: string) =>
  actor.api('PUT', '/me/notification-settings', { kinds: { [kind]: { page: true, mail, push: false } } })

describe('a mail at once', () => {
  it('is queued in the transaction of the answer, and tells in text and HTML with a link', async () => {
    const [asker, helper] = [await reader(), await site.member()]
    const question = await site.post(asker, questions, { title: 'Why <b>?' })
    await comment(helper, question.id, 'Because')
    const jobs = await site.db
      .selectFrom('notifications')
      .select(['mail', 'mailed_at'])
      .where('member_id', '=', asker.id)
      .execute()
    expect(jobs).toEqual([{ mail: 'now', mailed_at: null }])
    await workOff(site)
    const [mail, ...more] = mailsTo(asker)
    expect(more).toEqual([])
    expect(mail?.text).toContain(`${helper.name} answered your question “Why <b>?”.`)
    expect(mail?.text).toContain('“Why &lt;b&gt;?”')
    expect(mail?.text).toMatch(/http:\/\/madang\.example\/notifications\/\d+/)
    expect(mail?.raw).toMatch(/multipart\/alternative/)
  })

  it('is one for thirty replies, and one more only after its reader was there', async () => {
    const [author, other] = [await reader(), await site.member()]
    await wants(author, 'comment', 'now')
    const post = await site.post(author, board)
    for (let index = 0; index < 30; index++) await comment(other, post.id, `number ${index}`)
    await workOff(site)
    expect(mailsTo(author)).toHaveLength(1)
    expect(mailsTo(author)[0]?.text).toContain('commented on your post “A post”: 30 new comments.')
    await comment(other, post.id, 'one more')
    await workOff(site)
    expect(mailsTo(author)).toHaveLength(1)
    await author.page(`/p/${post.id}/a-post`)
    await comment(other, post.id, 'after reading')
    await workOff(site)
    expect(mailsTo(author)).toHaveLength(2)
  })

  it('does not go when it was read, deleted or hidden in the meantime', async () => {
    const [asker, helper] = [await reader(), await site.member()]
    const hidden = await site.board({ kind: 'question' })
    const [read, gone, secret] = [
      await site.post(asker, questions),
      await site.post(asker, questions),
      await site.post(asker, hidden, { title: 'Secret later' }),
    ]
    for (const question of [read, gone, secret]) await comment(helper, question.id, 'Because')
    await asker.page(`/p/${read.id}/a-post`)
    await asker.api('DELETE', `/posts/${gone.id}`)
    await site.db.updateTable('boards').set({ read_by: 'moderators' }).where('id', '=', hidden.id).execute()
    await workOff(site)
    expect(mailsTo(asker)).toEqual([])
  })

  it('goes only to confirmed addresses, and only for what one wants mailed', async () => {
    const [unsure, helper, author] = [await site.member(), await site.member(), await reader()]
    await comment(helper, (await site.post(unsure, questions)).id, 'Because')
    await comment(helper, (await site.post(author, board)).id, 'A comment, which is not mailed')
    await workOff(site)
    expect(smtp.mails).toEqual([])
  })

  it('waits and goes again when the server did not take it', async () => {
    const [asker, helper] = [await reader(), await site.member()]
    await comment(helper, (await site.post(asker, questions)).id, 'Because')
    const { mail } = site.deps.config
    Object.assign(site.deps.config, { mail: { url: 'smtp://127.0.0.1:9', from: 'madang@example.org' } })
    await workOff(site)
    Object.assign(site.deps.config, { mail })
    expect(mailsTo(asker)).toEqual([])
    await site.database.pool.query(
      "update graphile_worker._private_jobs set run_at = now() where key = 'mail-notifications:' || $1",
      [asker.id],
    )
    await workOff(site)
    expect(mailsTo(asker)).toHaveLength(1)
  })

  it('is written in the reader’s language, and makes no link of a name', async () => {
    const [asker, helper] = [await reader(), await site.member('bank.example')]
    await site.db.updateTable('members').set({ language: 'ko' }).where('id', '=', asker.id).execute()
    await comment(helper, (await site.post(asker, questions, { title: '왜?' })).id, 'Because')
    await workOff(site)
    const text = mailsTo(asker)[0]?.text ?? ''
    expect(text).toContain('내 질문 “왜?”에 답변했습니다.')
    expect(text).not.toContain('bank.example')
    expect(text).toContain('bank.\u2060example')
  })
})

describe('a digest', () => {
  const morning = async (at: string) => {
    site.clock.now = new Date(at)
    await startDigests(site.deps)
    await workOff(site)
  }

  it('goes at eight where its reader is, once, with what came until then', async () => {
    const [author, other] = [await reader(), await site.member()]
    await author.api('PUT', '/me/notification-settings', {
      kinds: { comment: { page: true, mail: 'daily', push: false } },
      timeZone: 'America/New_York',
    })
    const post = await site.post(author, board, { title: 'Daily' })
    // Wednesday, 22:00 in New York the day before.
    await comment(other, post.id, 'in the evening')
    await morning('2026-11-18T12:45:00Z')
    expect(mailsTo(author)).toEqual([])
    await morning('2026-11-18T13:00:00Z')
    expect(mailsTo(author)).toHaveLength(1)
    await morning('2026-11-18T13:15:00Z')
    expect(mailsTo(author)).toHaveLength(1)
    await comment(other, post.id, 'at nine')
    await morning('2026-11-18T20:00:00Z')
    expect(mailsTo(author)).toHaveLength(1)
    await morning('2026-11-19T13:00:00Z')
    expect(mailsTo(author)).toHaveLength(2)
  })

  it('of a week goes on Monday, and not when all was read', async () => {
    const [author, idle, other] = [await reader(), await reader(), await site.member()]
    for (const one of [author, idle]) await wants(one, 'comment', 'weekly')
    const [post, read] = [await site.post(author, board), await site.post(idle, board)]
    await comment(other, post.id, 'on Wednesday')
    await comment(other, read.id, 'on Wednesday')
    await idle.page(`/p/${read.id}/a-post`)
    // Sunday evening, then Monday at eight in Seoul.
    await morning('2026-11-22T10:00:00Z')
    expect(smtp.mails).toEqual([])
    await morning('2026-11-22T23:00:00Z')
    expect(mailsTo(author)).toHaveLength(1)
    expect(mailsTo(idle)).toEqual([])
  })
})

it('does not come back to what nobody may see any more', async () => {
  const [author, other] = [await reader(), await site.member()]
  await wants(author, 'comment', 'daily')
  const post = await site.post(author, board)
  await comment(other, post.id, 'hello')
  await author.api('DELETE', `/posts/${post.id}`)
  site.clock.now = new Date('2026-11-19T00:00:00Z')
  await startDigests(site.deps)
  await workOff(site)
  await startDigests(site.deps)
  const { rows } = await site.database.pool.query(
    "select from graphile_worker._private_jobs where key like 'mail-digest:%'",
  )
  expect(rows).toEqual([])
  expect(mailsTo(author)).toEqual([])
})

describe('ending mails', () => {
  it.each([
    ['application/x-www-form-urlencoded', 'List-Unsubscribe=One-Click'],
    [
      'multipart/form-data; boundary=b',
      '--b\r\ncontent-disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
    ],
  ])(
    'is one press in the mail program, without signing in, for that kind alone: %s',
    async (type, payload) => {
      const [asker, helper] = [await reader(), await site.member()]
      await comment(helper, (await site.post(asker, questions)).id, 'Because')
      await workOff(site)
      const header = mailsTo(asker)[0]?.header ?? ''
      expect(header).toMatch(/^list-unsubscribe-post: List-Unsubscribe=One-Click$/im)
      const [, address = ''] = /^list-unsubscribe: <http:\/\/madang\.example([^>]+)>$/im.exec(header) ?? []
      const pressed = await site.app.inject({
        method: 'POST',
        url: address,
        payload,
        headers: { 'content-type': type },
      })
      expect(pressed.statusCode).toBe(200)
      const { kinds } = (await asker.api('GET', '/me/notification-settings')).json()
      expect(kinds.answer.mail).toBe('never')
      expect(kinds.mention.mail).toBe('now')
    },
  )

  it('is not done by opening the link, and tells nobody whose it is', async () => {
    const asker = await reader()
    const url = `/unsubscribe/${unsubscribeToken({ memberId: asker.id, what: 'all' }, site.deps.key)}`
    const page = await site.guest.page(url)
    expect(page.body).toContain('Stop e-mails about “all notifications”?')
    expect(page.body).not.toContain(asker.name)
    expect((await asker.api('GET', '/me/notification-settings')).json().kinds.answer.mail).toBe('now')
    expect((await site.guest.page(url, {})).statusCode).toBe(200)
    const { kinds } = (await asker.api('GET', '/me/notification-settings')).json()
    expect(new Set(Object.values(kinds).map((one) => (one as { mail: string }).mail))).toEqual(
      new Set(['never']),
    )
  })

  it('takes back what waits to be sent', async () => {
    const [asker, helper] = [await reader(), await site.member()]
    await comment(helper, (await site.post(asker, questions)).id, 'Because')
    const url = `/unsubscribe/${unsubscribeToken({ memberId: asker.id, what: 'answer' }, site.deps.key)}`
    await site.guest.page(url, {})
    await workOff(site)
    expect(mailsTo(asker)).toEqual([])
  })

  it('needs the token of that member and kind', async () => {
    const [asker, other] = [await reader(), await reader()]
    const token = unsubscribeToken({ memberId: asker.id, what: 'answer' }, site.deps.key)
    for (const forged of [
      token.replace(`${asker.id}-`, `${other.id}-`),
      token.replace('answer', 'all'),
      token.replace('answer', 'gossip'),
      `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
      'x',
      `${asker.id}-answer-`,
    ])
      expect((await site.guest.page(`/unsubscribe/${forged}`, {})).statusCode).toBe(404)
  })
})
