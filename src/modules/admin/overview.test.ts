import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeTestApp, type TestApp } from '#test/support/app.ts'
import { readChecklist } from './checklist.ts'

type Entries = Record<string, boolean>

/** The list as the page shows it: each entry and whether it is ticked. */
function entriesIn(body: string): Entries {
  const found = body.matchAll(
    /<div class="line-text"><span>(?:<a[^>]*>)?([^<]+?)(?:<\/a>)?( <span class="mk ok">)?(?=<)/g,
  )
  return Object.fromEntries([...found].map(([, name, ok]) => [name, ok !== undefined]))
}

async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'madang-overview-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

async function putBackup(site: TestApp, path: string, hoursAgo: number): Promise<void> {
  const at = new Date(site.clock.now.getTime() - hoursAgo * 3_600_000)
  const file = join(path, `madang-${at.toISOString().slice(0, 10)}.zip`)
  await writeFile(file, 'x')
  await utimes(file, at, at)
}

describe('the list of what is worth doing', () => {
  test('says what is open on a new site, with the way to it', async () => {
    await using site = await makeTestApp()
    await site.board()
    const chief = await site.member('chief', 'administrator')
    const { body } = await chief.page('/admin')
    expect(entriesIn(body)).toEqual({
      'Set the address of the site': false,
      'Serve it over HTTPS': false,
      'Send e-mail': false,
      'Nightly backups': false,
      'Arrange the boards': false,
      'Say what the site is, and its rules': false,
      'Invite people': false,
      'A way back in for the administrator': false,
    })
    expect(body).toContain('0 of 8 are done.')
    for (const place of ['mail', 'storage', 'boards'])
      expect(body).toContain(`<span><a href="/admin/${place}">`)
    expect(body).toContain('<a href="/settings/security">A way back')
    expect(body).toContain('docs/guides/run-it.md')
  })

  test('ticks what is done, each by how it is, and goes when all is', async () => {
    await using backups = await folder()
    const env = {
      BASE_URL: 'http://yard.example.org',
      SMTP_URL: 'smtp://127.0.0.1:1',
      MAIL_FROM: 'yard@example.org',
      BACKUP_DIR: backups.path,
    }
    await using site = await makeTestApp({ env })
    const chief = await site.member('chief', 'administrator')
    const seen = async () => entriesIn((await chief.page('/admin')).body)
    expect(await seen()).toEqual({
      'Set the address of the site': true,
      'Serve it over HTTPS': false,
      'Send e-mail': true,
      'Nightly backups': false,
      'Arrange the boards': false,
      'Say what the site is, and its rules': false,
      'Invite people': false,
      'A way back in for the administrator': false,
    })
    expect((await chief.page('/admin')).body).toContain('The first one is made tonight.')
    await putBackup(site, backups.path, 49)
    expect((await seen())['Nightly backups']).toBe(false)
    expect((await chief.page('/admin')).body).toContain('no new backup for more than two days')
    await putBackup(site, backups.path, 20)
    expect((await seen())['Nightly backups']).toBe(true)
    expect((await chief.page('/admin')).body).toContain('Last backup: 2026-11-20 16:00')
    await site.board()
    expect((await seen())['Arrange the boards']).toBe(false)
    await chief.api('POST', '/boards', { slug: 'ours', name: 'Ours' })
    expect((await seen())['Arrange the boards']).toBe(true)
    await chief.api('PATCH', '/admin/settings', { description: 'A yard' })
    expect((await seen())['Say what the site is, and its rules']).toBe(false)
    await chief.api('PUT', '/admin/texts/rules', { body: 'Be kind.' })
    expect((await seen())['Say what the site is, and its rules']).toBe(true)
    await chief.page('/invitations', { role: 'member', board: '', email: '', uses: '1', days: '7' })
    expect((await seen())['Invite people']).toBe(true)
    await site.member('second', 'administrator')
    expect((await chief.page('/admin')).body).toContain('7 of 8 are done.')
    const config = { ...site.deps.config, baseUrl: 'https://yard.example.org' }
    const given = { viewer: chief.viewer, config, now: site.clock.now }
    expect(await readChecklist(site.db, given)).toBeNull()
    await chief.page('/admin/checklist', { show: '0' })
    expect(await readChecklist(site.db, given)).toBeNull()
  })

  test('takes a passkey or recovery codes of one’s own for a way back', async () => {
    await using site = await makeTestApp()
    const chief = await site.member('chief', 'administrator')
    const key = 'A way back in for the administrator'
    const other = await site.member()
    const codes = (member: number) =>
      site.db
        .insertInto('recovery_codes')
        .values({ member_id: member, code_hash: Buffer.alloc(32) })
        .execute()
    await codes(other.id)
    expect(entriesIn((await chief.page('/admin')).body)[key]).toBe(false)
    await codes(chief.id)
    expect(entriesIn((await chief.page('/admin')).body)[key]).toBe(true)
  })

  test('is hidden and shown again by administrators alone', async () => {
    await using site = await makeTestApp()
    const chief = await site.member('chief', 'administrator')
    const keeper = await site.member('keeper', 'moderator')
    expect((await keeper.page('/admin/checklist', { show: '0' })).statusCode).toBe(403)
    expect((await chief.page('/admin/checklist', { show: '2' })).statusCode).toBe(422)
    expect((await chief.page('/admin')).body).toContain('Worth doing first')
    for (const _again of [1, 2]) {
      const hidden = await chief.page('/admin/checklist', { show: '0' })
      expect([hidden.statusCode, hidden.headers.location]).toEqual([303, '/admin'])
    }
    const without = (await chief.page('/admin')).body
    expect(without).not.toContain('Worth doing first')
    expect(without).toContain('Show what is worth doing first')
    await chief.page('/admin/checklist', { show: '1' })
    expect((await chief.page('/admin')).body).toContain('Worth doing first')
  })
})

describe('the figures of the site', () => {
  test('count today and seven days by the site’s own clock, each with its way', async () => {
    await using site = await makeTestApp()
    const chief = await site.member('chief', 'administrator')
    const board = await site.board()
    const writeAt = async (time: string) => {
      site.clock.now = new Date(time)
      const post = await site.post(chief, board)
      await chief.api('POST', `/posts/${post.id}/comments`, { body: 'A word' })
    }
    // In Seoul it is the 21st, noon; its day began at 15:00 of the 20th.
    await writeAt('2026-11-14T14:59:00Z')
    await writeAt('2026-11-14T15:01:00Z')
    await writeAt('2026-11-20T14:59:00Z')
    await writeAt('2026-11-20T15:01:00Z')
    site.clock.now = new Date('2026-11-21T03:00:00Z')
    const { body } = await chief.page('/admin')
    expect(body).toMatch(/<a href="\/">Posts<\/a> <small[^>]*>today 1 · 7 days 3<\/small><\/dt><dd[^>]*>4</)
    expect(body).toMatch(
      /<a href="\/\?sort=active">Comments in 7 days<\/a> <small[^>]*>today 1<\/small><\/dt><dd[^>]*>3</,
    )
    expect(body).toMatch(/<a href="\/admin\/storage">Storage<\/a><\/dt><dd[^>]*>0 kB</)
    expect(body).toMatch(/<a href="\/mod">Open reports<\/a><\/dt><dd[^>]*>0</)
  })

  test('count failed jobs and show what they failed with', async () => {
    await using site = await makeTestApp()
    const chief = await site.member('chief', 'administrator')
    expect((await chief.page('/admin')).body).toMatch(
      /<a href="\/admin\/mail">Failed jobs<\/a><\/dt><dd[^>]*>0</,
    )
    await site.database.pool.query("select graphile_worker.add_job('remove-board', '{}')")
    await site.database.pool.query(
      "update graphile_worker._private_jobs set attempts = 1, last_error = 'a job without <board>'",
    )
    const { body } = await chief.page('/admin')
    expect(body).toMatch(/<a href="#failed">Failed jobs<\/a><\/dt><dd[^>]*>1</)
    expect(body).toContain('a job without &lt;board&gt;')
  })
})
