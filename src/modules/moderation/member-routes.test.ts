import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { prove } from '#test/support/proof.ts'

let test: TestApp
let member: Actor
let moderator: Actor
let administrator: Actor

beforeAll(async () => {
  test = await makeTestApp()
  member = await test.member('member')
  moderator = await test.member('keeper', 'moderator')
  administrator = await test.member('chief', 'administrator')
})
afterAll(() => test[Symbol.asyncDispose]())

const everyone = () => [test.guest, member, moderator, administrator]
const actsOn = async (memberId: number) => {
  const acts = test.db
    .selectFrom('moderation_log')
    .select(['act', 'reason', 'by_id'])
    .where('member_id', '=', memberId)
  return acts.orderBy('id').execute()
}

describe('blocking', () => {
  it('is for moderators and works at the next request; lifting it, too', async () => {
    const target = await test.member()
    const board = await test.board()
    const codes = []
    for (const actor of everyone()) {
      codes.push((await actor.api('PUT', `/members/${target.id}/block`, { reason: 'Rude' })).statusCode)
    }
    expect(codes).toEqual([401, 403, 204, 204])
    const write = () => target.api('POST', `/boards/${board.slug}/posts`, { title: 'T', body: 'B' })
    expect((await write()).json()).toMatchObject({ status: 403, code: 'blocked' })
    const lifted = []
    for (const actor of everyone())
      lifted.push((await actor.api('DELETE', `/members/${target.id}/block`)).statusCode)
    expect(lifted).toEqual([401, 403, 204, 204])
    expect((await write()).statusCode).toBe(201)
    expect(await actsOn(target.id)).toEqual([
      { act: 'member.block', reason: 'Rude', by_id: moderator.id },
      { act: 'member.block', reason: 'Rude', by_id: administrator.id },
      { act: 'member.unblock', reason: '', by_id: moderator.id },
    ])
  })

  it('is told with reason and time to the member and to moderators, to others as a fact alone', async () => {
    const target = await test.member()
    const until = new Date(test.clock.now.getTime() + 3_600_000).toISOString()
    await moderator.api('PUT', `/members/${target.id}/block`, { reason: 'Sold <watches>', until })
    const seen = async (who: Pick<Actor, 'page'>) => (await who.page(`/m/${target.name}`)).body
    for (const who of [target, moderator, administrator])
      expect(await seen(who)).toMatch(/until 2026-11-21 13:00[\s\S]*Sold &lt;watches&gt;/)
    for (const who of [test.guest, await test.member()]) {
      expect(await seen(who)).toContain('This member is blocked.')
      expect(await seen(who)).not.toMatch(/Sold|13:00/)
      expect((await test.guest.api('GET', `/members/${target.name}`)).body).not.toMatch(/Sold/)
    }
  })

  it('ends by itself at its time', async () => {
    const target = await test.member()
    const until = new Date(test.clock.now.getTime() + 3_600_000).toISOString()
    await moderator.api('PUT', `/members/${target.id}/block`, { reason: 'An hour', until })
    expect((await target.api('GET', '/me')).json().blocked).toEqual({ reason: 'An hour', until })
    const post = await test.post(moderator, await test.board())
    // 03:00 in UTC and an hour is 13:00 in Seoul, where the site is: everywhere the same.
    for (const url of ['/write', `/p/${post.id}/a-post`, `/m/${target.name}`])
      expect((await target.page(url)).body, url).toContain('until 2026-11-21 13:00')
    const refused = await target.api('POST', `/posts/${post.id}/comments`, { body: 'x' })
    expect(refused.json().title).toContain('until 2026-11-21 13:00')
    expect((await target.page(`/p/${post.id}/comments`, { body: 'x' })).body).toContain(
      'until 2026-11-21 13:00',
    )
    expect((await target.page('/write')).body).toContain('An hour')
    const before = test.clock.now
    test.clock.now = new Date(before.getTime() + 3_600_001)
    // The access token has ended, too; the browser's session has not.
    expect((await target.page('/write')).body).not.toContain('An hour')
    test.clock.now = before
  })

  it('reaches nobody of the same or a higher rank, and not oneself', async () => {
    const other = await test.member('keeper2', 'moderator')
    const tries = [
      [moderator, other.id, 403],
      [moderator, administrator.id, 403],
      [moderator, moderator.id, 403],
      [administrator, administrator.id, 403],
      [administrator, other.id, 204],
      [administrator, 999_999_999, 404],
    ] as const
    for (const [actor, id, status] of tries) {
      const answer = await actor.api('PUT', `/members/${id}/block`, { reason: 'Because' })
      expect([actor.name, id, answer.statusCode]).toEqual([actor.name, id, status])
    }
    expect((await other.api('GET', '/moderation/log')).json().code).toBe('blocked')
  })

  it.each([
    [{}, 'reason'],
    [{ reason: ' \u200b ' }, 'reason'],
    [{ reason: 'x'.repeat(501) }, 'reason'],
    [{ reason: 'x', until: 'tomorrow' }, 'until'],
    [{ reason: 'x', until: '2001-01-01T00:00:00Z' }, 'until'],
    [{ reason: 'x', days: 3 }, 'days'],
  ])('refuses %o', async (body, field) => {
    const answer = await moderator.api('PUT', `/members/${member.id}/block`, body)
    expect([answer.statusCode, answer.json().errors?.[0]?.field]).toEqual([422, field])
    expect(await actsOn(member.id)).toEqual([])
  })
})

describe('roles', () => {
  it('are given by administrators alone, and the log says which', async () => {
    const target = await test.member()
    const codes = []
    for (const actor of everyone()) {
      codes.push((await actor.api('PUT', `/members/${target.id}/role`, { role: 'moderator' })).statusCode)
    }
    expect(codes).toEqual([401, 403, 403, 204])
    expect((await target.api('GET', '/moderation/log')).statusCode).toBe(200)
    await administrator.api('PUT', `/members/${target.id}/role`, { role: 'moderator' })
    expect(await actsOn(target.id)).toMatchObject([{ act: 'member.role', reason: 'moderator' }])
    expect((await administrator.api('PUT', `/members/${target.id}/role`, { role: 'king' })).statusCode).toBe(
      422,
    )
  })

  it('leave one administrator, also when two step down at once', async () => {
    await using own = await makeTestApp()
    const [one, two] = [await own.member('one', 'administrator'), await own.member('two', 'administrator')]
    const answers = await Promise.all([
      one.api('PUT', `/members/${one.id}/role`, { role: 'member' }),
      two.api('PUT', `/members/${two.id}/role`, { role: 'member' }),
    ])
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([204, 403])
    const left = await own.db.selectFrom('members').select('id').where('role', '=', 'administrator').execute()
    expect(left).toHaveLength(1)
  })
})

describe('links', () => {
  it('are made by administrators alone and lead to the page that sets a password', async () => {
    const target = await test.member()
    const early = await administrator.api('POST', `/members/${target.id}/link`)
    expect([early.statusCode, early.json().code]).toEqual([403, 'prove-again'])
    await prove(test, administrator)
    const answers = []
    for (const actor of everyone()) answers.push(await actor.api('POST', `/members/${target.id}/link`))
    expect(answers.map((answer) => answer.statusCode)).toEqual([401, 403, 403, 201])
    const { url, expiresAt } = answers.at(-1)?.json() ?? {}
    expect(Date.parse(expiresAt) - test.clock.now.getTime()).toBe(7 * 86_400_000)
    expect((await test.guest.page(new URL(url).pathname)).statusCode).toBe(200)
    expect(await actsOn(target.id)).toMatchObject([{ act: 'member.link', by_id: administrator.id }])
    expect((await administrator.api('POST', '/members/999999999/link')).statusCode).toBe(404)
  })

  it('carry the address of the site where it is known', async () => {
    await using own = await makeTestApp({ env: { BASE_URL: 'https://yard.example' } })
    const chief = await own.member('chief', 'administrator')
    const target = await own.member()
    await prove(own, chief)
    const { url } = (await chief.api('POST', `/members/${target.id}/link`)).json()
    expect(url).toMatch(/^https:\/\/yard\.example\/claim\/[\w-]{43}$/)
  })
})

describe('the list of members', () => {
  it('is for administrators, found by the start of name or e-mail, in pages', async () => {
    await using own = await makeTestApp()
    const chief = await own.member('chief', 'administrator')
    const keeper = await own.member('keeper', 'moderator')
    for (const name of ['kim', 'Kimchi', '김', 'k_m']) await own.member(name)
    const codes = []
    for (const actor of [own.guest, await own.member('plain'), keeper, chief]) {
      codes.push((await actor.api('GET', '/admin/members')).statusCode)
    }
    expect(codes).toEqual([401, 403, 403, 200])
    const names = async (search: string) =>
      (await chief.api('GET', `/admin/members?search=${encodeURIComponent(search)}`))
        .json()
        .items.map((m: { name: string }) => m.name)
    expect(await names('KIM')).toEqual(['Kimchi', 'kim'])
    expect(await names('k_')).toEqual(['k_m'])
    expect(await names("'; drop table members; --")).toEqual([])
    expect(await names('kimchi@')).toEqual(['Kimchi'])
    const first = (await chief.api('GET', '/admin/members?limit=4')).json()
    const second = (await chief.api('GET', `/admin/members?limit=4&after=${first.next}`)).json()
    expect([...first.items, ...second.items].map((m: { name: string }) => m.name)).toEqual([
      'plain',
      'k_m',
      '김',
      'Kimchi',
      'kim',
      'keeper',
      'chief',
    ])
    expect((await chief.api('GET', '/admin/members?after=zz')).json().code).toBe('bad-cursor')
  })
})
