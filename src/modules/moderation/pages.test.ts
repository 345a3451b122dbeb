import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Actor, type Answer, makeTestApp, type TestApp } from '#test/support/app.ts'

let test: TestApp
let author: Actor
let reader: Actor
let moderator: Actor
let post: { id: number; title: string }
let commentId: number

beforeAll(async () => {
  test = await makeTestApp()
  author = await test.member('author')
  reader = await test.member('reader')
  moderator = await test.member('keeper', 'moderator')
})
afterAll(() => test[Symbol.asyncDispose]())
beforeEach(async () => {
  post = await test.post(author, await test.board(), { title: 'Plain <title>', body: 'Some **text**' })
  commentId = (await author.api('POST', `/posts/${post.id}/comments`, { body: 'A remark' })).json().id
})

const to = (answer: Answer) => `${answer.statusCode} ${answer.headers.location ?? ''}`.trim()
const openReports = () =>
  test.db
    .selectFrom('reports')
    .selectAll()
    .where('post_id', '=', post.id)
    .where('outcome', 'is', null)
    .execute()

describe('the report page', () => {
  it('sends guests to sign in and back, for asking and for sending', async () => {
    const next = encodeURIComponent(`/p/${post.id}/report`)
    expect(to(await test.guest.page(`/p/${post.id}/report`))).toBe(`303 /sign-in?next=${next}`)
    expect(to(await test.guest.page(`/p/${post.id}/report`, { reason: 'spam' }))).toBe(
      `303 /sign-in?next=${next}`,
    )
    expect(await openReports()).toHaveLength(0)
  })

  it('shows what is reported, takes the report and says thanks', async () => {
    const asked = await reader.page(`/p/${post.id}/report`)
    expect(asked.body).toContain('Plain &lt;title&gt;')
    expect(asked.body).toContain('Some text')
    const sent = await reader.page(`/p/${post.id}/report`, { reason: 'abuse', detail: 'See' })
    expect(to(sent)).toBe(`303 /p/${post.id}/report?sent=1`)
    const thanks = await reader.page(`/p/${post.id}/report?sent=1`)
    expect(thanks.body).toContain('Report sent')
    const more = await reader.page(`/c/${commentId}/report`, { reason: 'spam' })
    expect(to(more)).toBe(`303 /c/${commentId}/report?sent=1`)
    expect((await openReports()).map((row) => row.comment_id)).toEqual([null, commentId])
  })

  it('is shown again with the words typed when a reason is missing or it was reported before', async () => {
    const unreasoned = await reader.page(`/c/${commentId}/report`, { detail: 'kept <words>' })
    expect(unreasoned.statusCode).toBe(422)
    expect(unreasoned.body).toContain('kept &lt;words&gt;')
    await reader.page(`/c/${commentId}/report`, { reason: 'spam' })
    const twice = await reader.page(`/c/${commentId}/report`, { reason: 'spam' })
    expect(twice.statusCode).toBe(409)
    expect(twice.body).toContain('You reported this already')
  })

  it('knows nothing of what the member may not read', async () => {
    const hidden = await test.post(moderator, await test.board({ readBy: 'moderators' }))
    expect((await reader.page(`/p/${hidden.id}/report`)).statusCode).toBe(404)
    expect((await reader.page(`/p/${hidden.id}/report?sent=1`)).statusCode).toBe(404)
    expect((await reader.page(`/p/${hidden.id}/report`, { reason: 'spam' })).statusCode).toBe(404)
    expect((await reader.page('/p/abc/report')).statusCode).toBe(404)
  })

  it('hides the title of a deleted post from whoever reports a comment under it', async () => {
    await author.api('DELETE', `/posts/${post.id}`)
    const asked = await reader.page(`/c/${commentId}/report`)
    expect(asked.statusCode).toBe(200)
    expect(asked.body).not.toContain('Plain')
    expect(asked.body).toContain('This post was deleted')
  })
})

describe('everything under /mod', () => {
  it('lets only moderators and administrators in, whatever the address and the method', async () => {
    const administrator = await test.member('chief', 'administrator')
    const tree = test.app.printRoutes({ commonPrefix: false, includeHooks: false })
    const own = routesIn(tree).filter((route) => route.path.startsWith('/mod'))
    expect(own.map((route) => route.path)).toEqual(
      expect.arrayContaining(['/mod', '/mod/log', '/mod/reports/:id']),
    )
    for (const { method, path } of own) {
      const url = path.replace(':id', String(reader.id))
      const form = method === 'POST' ? {} : undefined
      // What a guest typed is not sent again: they come back to the list it belongs to.
      const back = !form ? url : path.startsWith('/mod/messages') ? '/mod/messages' : '/mod'
      expect([path, (await test.guest.page(url, form)).headers.location]).toEqual([
        path,
        `/sign-in?next=${encodeURIComponent(back)}`,
      ])
      expect([path, (await reader.page(url, form)).statusCode]).toEqual([path, 403])
      expect([path, (await moderator.page(url, form)).statusCode]).not.toEqual([path, 403])
      expect([path, (await administrator.page(url, form)).statusCode]).not.toEqual([path, 403])
    }
  })

  it('shuts a blocked moderator out and says why', async () => {
    const fallen = await test.member('fallen', 'moderator')
    const chief = await test.member('chief2', 'administrator')
    await chief.api('PUT', `/members/${fallen.id}/block`, { reason: 'Not now' })
    const answer = await fallen.page('/mod')
    expect(answer.statusCode).toBe(403)
    expect(answer.body).toContain('Not now')
  })
})

type Route = { method: string; path: string }

/** The lines of Fastify's printed tree as addresses; HEAD is GET again. */
function routesIn(tree: string): Route[] {
  const routes: Route[] = []
  const path: string[] = []
  for (const line of tree.split('\n')) {
    const found = /^([│ ]*)[├└]── (\S*)(?: \(([A-Z, ]+)\))?/.exec(line)
    if (!found) continue
    const [, indent = '', part = '', methods] = found
    path.length = indent.length / 4
    path.push(part)
    for (const method of methods?.split(', ') ?? []) {
      if (method !== 'HEAD') routes.push({ method, path: path.join('').replace(/(?<=.)\/$/, '') })
    }
  }
  return routes
}

describe('the queue page', () => {
  it('shows reports and closes them, with a word about it', async () => {
    await reader.page(`/p/${post.id}/report`, { reason: 'abuse', detail: 'So <rude>' })
    const [row] = await openReports()
    const queue = await moderator.page('/mod')
    expect(queue.body).toContain('So &lt;rude&gt;')
    expect(queue.body).toContain('Some <strong>text</strong>')
    const closed = await moderator.page(`/mod/reports/${row?.id}`, { outcome: 'removed', note: 'Rude' })
    expect(to(closed)).toBe(`303 /mod?resolved=${row?.id}`)
    expect((await moderator.page(`/mod?resolved=${row?.id}`)).body).toContain('The report is closed.')
    expect((await moderator.page('/mod?show=done')).body).toContain('So &lt;rude&gt;')
    expect((await moderator.page('/mod/log')).body).toContain('Report closed: removed')
    expect((await reader.page(`/p/${post.id}/report`)).statusCode).toBe(404)
  })

  it('keeps a refused note beside its own report, and says when another moderator was first', async () => {
    await reader.page(`/c/${commentId}/report`, { reason: 'spam' })
    const id = (await openReports())[0]?.id
    const note = 'long '.repeat(101).trim()
    const refused = await moderator.page(`/mod/reports/${id}`, { outcome: 'dismissed', note })
    expect(refused.statusCode).toBe(422)
    expect(refused.body).toContain(`id="report-${id}-note-error"`)
    expect(refused.body).toContain(note)
    await moderator.page(`/mod/reports/${id}`, { outcome: 'dismissed' })
    const late = await moderator.page(`/mod/reports/${id}`, { outcome: 'removed' })
    expect(late.statusCode).toBe(409)
    expect(late.body).toContain('Another moderator has already dealt with this.')
    expect((await reader.api('GET', `/posts/${post.id}`)).json().comments).toBe(1)
  })

  it.each(['/mod?after=zz', '/mod/log?after=zz'])('refuses the page mark of %s', async (url) => {
    expect((await moderator.page(url)).statusCode).toBe(400)
  })

  it('counts what is open in the bar of moderators alone', async () => {
    await reader.page(`/p/${post.id}/report`, { reason: 'spam' })
    expect((await moderator.page('/boards')).body).toMatch(/\d+ to review/)
    expect((await reader.page('/boards')).body).not.toMatch(/\d+ to review/)
  })
})

describe('acts on a post', () => {
  it.each(['pin', 'unpin', 'lock', 'unlock', 'move'])(
    '%s: moderators are asked first, others are refused',
    async (act) => {
      const url = `/p/${post.id}/${act}`
      const answers = [to(await test.guest.page(url)), to(await test.guest.page(url, {}))]
      const signIn = `303 /sign-in?next=${encodeURIComponent(url)}`
      expect(answers).toEqual([signIn, signIn])
      for (const actor of [reader, author]) {
        expect([(await actor.page(url)).statusCode, (await actor.page(url, {})).statusCode]).toEqual([
          403, 403,
        ])
      }
      expect((await moderator.page(url)).statusCode).toBe(200)
      expect(
        await test.db.selectFrom('moderation_log').select('id').where('post_id', '=', post.id).execute(),
      ).toEqual([])
    },
  )

  it('pins, locks and moves with the reason in the log', async () => {
    const board = await test.board({ name: 'Elsewhere' })
    for (const [act, form] of [
      ['pin', { reason: 'Good' }],
      ['lock', { reason: 'Heated' }],
      ['move', { reason: 'Fits', board: board.slug }],
    ] as const) {
      expect(to(await moderator.page(`/p/${post.id}/${act}`, form))).toBe(`303 /p/${post.id}/plain-title`)
    }
    expect((await moderator.api('GET', `/posts/${post.id}`)).json()).toMatchObject({
      board: { slug: board.slug },
      locked: true,
    })
    const log = await test.db
      .selectFrom('moderation_log')
      .select(['act', 'reason'])
      .where('post_id', '=', post.id)
      .orderBy('id')
      .execute()
    expect(log).toEqual([
      { act: 'post.pin', reason: 'Good' },
      { act: 'post.lock', reason: 'Heated' },
      { act: 'post.unpin-moved', reason: '' },
      { act: 'post.move', reason: 'Fits' },
    ])
  })

  it.each(['', 'nowhere', "'; --"])('asks again for a board when %o is chosen', async (board) => {
    const answer = await moderator.page(`/p/${post.id}/move`, { board, reason: 'kept' })
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toContain('id="field-board-error"')
    expect(answer.body).toContain('value="kept"')
  })

  it('deletes and restores for the author and for moderators, not for others', async () => {
    const url = `/p/${post.id}/delete`
    expect((await reader.page(url)).statusCode).toBe(403)
    expect((await reader.page(url, {})).statusCode).toBe(403)
    expect((await author.page(url)).body).not.toContain('name="reason"')
    expect((await moderator.page(url)).body).toContain('name="reason"')
    const back = `303 /p/${post.id}/plain-title`
    expect(to(await author.page(url, {}))).toBe(back)
    expect(to(await author.page(url, {}))).toBe(back)
    expect((await reader.page(`/p/${post.id}/restore`)).statusCode).toBe(404)
    expect(to(await author.page(`/p/${post.id}/restore`, {}))).toBe(back)
    expect(to(await moderator.page(url, { reason: 'Advert' }))).toBe(back)
    expect((await author.page(`/p/${post.id}/restore`)).statusCode).toBe(404)
    expect(to(await moderator.page(`/p/${post.id}/restore`, {}))).toBe(back)
    expect((await reader.api('GET', `/posts/${post.id}`)).statusCode).toBe(200)
  })
})

describe('acts on a comment', () => {
  it('deletes and restores for the author and for moderators, not for others', async () => {
    const url = `/c/${commentId}/delete`
    expect(to(await test.guest.page(url, {}))).toBe(`303 /sign-in?next=${encodeURIComponent(url)}`)
    expect((await reader.page(url, {})).statusCode).toBe(403)
    expect((await author.page(url)).statusCode).toBe(200)
    expect(to(await author.page(url, {}))).toBe(`303 /p/${post.id}/plain-title`)
    expect((await reader.page(`/c/${commentId}/restore`, {})).statusCode).toBe(404)
    expect(to(await author.page(`/c/${commentId}/restore`, {}))).toBe(`303 /c/${commentId}`)
    expect((await reader.api('GET', `/posts/${post.id}`)).json().comments).toBe(1)
  })

  it('leaves the comments of a locked post to moderators', async () => {
    await moderator.api('PUT', `/posts/${post.id}/lock`, {})
    expect((await author.page(`/c/${commentId}/delete`, {})).statusCode).toBe(403)
    expect((await moderator.page(`/c/${commentId}/delete`, {})).statusCode).toBe(303)
  })
})

describe('blocking from the profile', () => {
  it('is offered to moderators on the profiles of members', async () => {
    const link = `/mod/members/${reader.id}`
    expect((await moderator.page('/m/reader')).body).toContain(link)
    expect((await author.page('/m/reader')).body).not.toContain(link)
    expect((await moderator.page('/m/keeper')).body).not.toContain('/mod/members/')
  })

  it('blocks for the days chosen, and lifts it', async () => {
    const target = await test.member()
    const url = `/mod/members/${target.id}`
    expect(to(await moderator.page(`${url}/block`, { reason: 'Rude', days: '7' }))).toBe(
      `303 ${url}?done=block`,
    )
    const { blocked } = (await target.api('GET', '/me')).json()
    expect(Date.parse(blocked.until) - test.clock.now.getTime()).toBe(7 * 86_400_000)
    expect((await moderator.page(`${url}?done=block`)).body).toContain('The member is blocked.')
    expect(to(await moderator.page(`${url}/unblock`, {}))).toBe(`303 ${url}?done=unblock`)
    expect((await target.api('GET', '/me')).json().blocked).toBeNull()
  })

  it('says what is wrong with the form, and offers nothing against moderators', async () => {
    const url = `/mod/members/${reader.id}/block`
    for (const form of [
      { reason: '', days: '7' },
      { reason: 'x', days: '8' },
      { reason: 'x', days: '1e9' },
    ]) {
      expect((await moderator.page(url, form)).statusCode).toBe(422)
    }
    const other = await test.member('keeper2', 'moderator')
    expect((await moderator.page(`/mod/members/${other.id}`)).body).not.toContain('name="days"')
    expect(
      (await moderator.page(`/mod/members/${other.id}/block`, { reason: 'x', days: '' })).statusCode,
    ).toBe(403)
    expect((await moderator.page('/mod/members/999999999')).statusCode).toBe(404)
  })
})
