import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'

let site: TestApp
let author: Actor
let reader: Actor
let moderator: Actor
let administrator: Actor
let post: { id: number; title: string }
let report: number
beforeAll(async () => {
  site = await makeTestApp()
  reader = await site.member('reader')
  moderator = await site.member('keeper', 'moderator')
  administrator = await site.member('arranger', 'administrator')
})
afterAll(() => site[Symbol.asyncDispose]())
beforeEach(async () => {
  author = await site.member()
  ;({ post, report } = await reportedPostOf(author))
})

async function reportedPostOf(writer: Actor) {
  const written = await site.post(writer, await site.board())
  const sent = await reader.api('POST', '/reports', { post: written.id, reason: 'spam' })
  return { post: written, report: sent.json().id as number }
}
const blocks = (member: Actor) =>
  site.db
    .selectFrom('member_blocks')
    .select(['reason', 'until', 'by_id'])
    .where('member_id', '=', member.id)
    .execute()
const outcomeOf = async (id: number) =>
  (await site.db.selectFrom('reports').select('outcome').where('id', '=', id).executeTakeFirstOrThrow())
    .outcome

describe('closing a report', () => {
  test('blocks the author as well when it is asked to, and says what happened', async () => {
    const form = { outcome: 'removed', note: 'Adverts', days: '7', reason: 'Adverts everywhere' }
    const done = await moderator.page(`/mod/reports/${report}`, form)
    expect([done.statusCode, done.headers.location]).toEqual([303, `/mod?resolved=${report}`])
    const until = new Date(site.clock.now.getTime() + 7 * 86_400_000)
    expect(await blocks(author)).toEqual([{ reason: 'Adverts everywhere', until, by_id: moderator.id }])
    const said = (await moderator.page(`/mod?resolved=${report}`)).body
    expect(said).toContain('The report is closed.')
    expect(said).toContain(`Removed · Written by <a class="by" href="/m/${author.name}">`)
    expect(said).toContain('Blocked (until')
    expect((await moderator.page('/mod?show=done')).body).toContain('Blocked</strong> (until')
    const acts = await site.db
      .selectFrom('moderation_log')
      .select(['act', 'reason'])
      .where((where) => where.or([where('member_id', '=', author.id), where('post_id', '=', post.id)]))
      .orderBy('act')
      .execute()
    expect(acts).toEqual([
      { act: 'member.block', reason: 'Adverts everywhere' },
      { act: 'post.remove', reason: 'Adverts' },
      { act: 'report.remove', reason: 'Adverts' },
    ])
    const refused = await author.api('POST', `/posts/${post.id}/comments`, { body: 'Hello' })
    expect(refused.json().code).toBe('blocked')
  })

  test('blocks nobody unless it is asked to', async () => {
    await moderator.page(`/mod/reports/${report}`, { outcome: 'removed', days: 'none', reason: '' })
    expect(await outcomeOf(report)).toBe('removed')
    expect(await blocks(author)).toEqual([])
    expect((await moderator.page(`/mod?resolved=${report}`)).body).not.toContain('Blocked (')
  })

  test.each([
    ['a block without a reason', { days: '7', reason: ' ' }, 'reason'],
    ['a reason without a time', { days: 'none', reason: 'Adverts' }, 'days'],
    ['a time that nobody offered', { days: '8', reason: 'Adverts' }, 'days'],
    ['a reason that is too long', { days: '7', reason: 'x'.repeat(501) }, 'reason'],
  ])('refuses %s, and changes nothing', async (_title, typed, field) => {
    const refused = await moderator.page(`/mod/reports/${report}`, { outcome: 'removed', ...typed })
    expect(refused.statusCode).toBe(422)
    expect(refused.body).toContain(`id="report-${report}-${field}-error"`)
    expect(refused.body).toContain('<details class="aside" open>')
    expect([await outcomeOf(report), await blocks(author)]).toEqual([null, []])
    expect((await reader.api('GET', `/posts/${post.id}`)).statusCode).toBe(200)
  })

  test('is offered with a block where the author’s page offers one, and refused like there', async () => {
    const ofStaff = await reportedPostOf(administrator)
    const ofModerator = await reportedPostOf(moderator)
    const offers = async (who: Actor, id: number) =>
      (await who.page('/mod')).body.includes(`id="report-${id}-days"`)
    expect(await offers(moderator, report)).toBe(true)
    expect(await offers(moderator, ofStaff.report)).toBe(false)
    expect(await offers(moderator, ofModerator.report)).toBe(false)
    expect(await offers(administrator, ofModerator.report)).toBe(true)
    const form = { outcome: 'removed', days: '', reason: 'No' }
    expect((await moderator.page(`/mod/reports/${ofStaff.report}`, form)).statusCode).toBe(403)
    const block = { reason: 'No' }
    const byApi = await moderator.api('PUT', `/moderation/reports/${ofStaff.report}`, {
      outcome: 'removed',
      block,
    })
    expect(byApi.statusCode).toBe(403)
    expect([await outcomeOf(ofStaff.report), await blocks(administrator)]).toEqual([null, []])
    expect((await reader.page(`/mod/reports/${report}`, form)).statusCode).toBe(403)
    expect((await administrator.page(`/mod/reports/${ofModerator.report}`, form)).statusCode).toBe(303)
    expect(await blocks(moderator)).toMatchObject([{ until: null }])
  })

  test('does the same by the API', async () => {
    const admin = administrator
    const until = new Date(site.clock.now.getTime() + 86_400_000).toISOString()
    const sent = { outcome: 'dismissed', block: { reason: 'Elsewhere', until } }
    expect((await admin.api('PUT', `/moderation/reports/${report}`, sent)).json()).toEqual({
      outcome: 'dismissed',
      closed: 1,
    })
    expect(await blocks(author)).toMatchObject([{ reason: 'Elsewhere' }])
  })

  test('takes nothing in a block that it does not name', async () => {
    const sent = { outcome: 'dismissed', block: { reason: 'Elsewhere', byId: moderator.id } }
    const refused = await administrator.api('PUT', `/moderation/reports/${report}`, sent)
    expect(refused.statusCode).toBe(422)
    expect([await outcomeOf(report), await blocks(author)]).toEqual([null, []])
  })
})

test('the queue leads to the pages of who wrote and who reported', async () => {
  const body = (await administrator.page('/mod')).body
  expect(body).toContain(`Written by <a class="by" href="/m/${author.name}">`)
  expect(body).toContain('Reported by <a class="by" href="/m/reader">')
})
