import { mkdir, readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { plain } from '#test/support/images.ts'
import { removeUnused, storageFigures } from './upkeep.ts'

const hour = 3_600_000
let test: TestApp
let member: Actor
beforeAll(async () => {
  test = await makeTestApp()
})
beforeEach(async () => {
  member = await test.member()
})
afterAll(() => test[Symbol.asyncDispose]())

const upload = async (): Promise<string> =>
  (await member.api('POST', '/files', await plain('png'))).json().url
const travel = (hours: number) => {
  test.clock.now = new Date(test.clock.now.getTime() + hours * hour)
}
const clean = () => removeUnused(test.db, { tools: test.deps.files, now: test.clock.now })
const isThere = async (url: string) => {
  const found = await test.deps.files.storage.get(`${url.slice(7, 39)}-320.webp`)
  found?.stream.destroy()
  return found !== null
}

describe('the clean-up', () => {
  it('takes what nothing has shown for a day, and nothing younger', async () => {
    const url = await upload()
    travel(23)
    const young = await upload()
    await clean()
    expect(await isThere(url)).toBe(true)
    travel(2)
    await clean()
    expect([await isThere(url), await isThere(young)]).toEqual([false, true])
    expect((await member.page(url)).statusCode).toBe(404)
  })

  it('leaves what a post, a comment or a draft shows', async () => {
    const [inPost, inComment, inDraft] = [await upload(), await upload(), await upload()]
    const post = await test.post(member, await test.board(), { body: `![](${inPost})` })
    await member.api('POST', `/posts/${post.id}/comments`, { body: `![](${inComment})` })
    await member.api('POST', '/drafts', { target: 'new', title: '', body: `![](${inDraft})`, tags: [] })
    travel(48)
    await clean()
    expect([await isThere(inPost), await isThere(inComment), await isThere(inDraft)]).toEqual([
      true,
      true,
      true,
    ])
  })

  it('takes it a day after the text that showed it changed, unless it came back', async () => {
    const [gone, back] = [await upload(), await upload()]
    const post = await test.post(member, await test.board(), { body: `![](${gone}) ![](${back})` })
    travel(48)
    await clean()
    await member.api('PATCH', `/posts/${post.id}`, { body: 'nothing' })
    await clean()
    travel(23)
    await member.api('PATCH', `/posts/${post.id}`, { body: `again ![](${back})` })
    travel(2)
    await clean()
    expect([await isThere(gone), await isThere(back)]).toEqual([false, true])
    expect((await test.guest.page(back)).statusCode).toBe(200)
  })

  it('takes what a failed or stopped upload left, after an hour', async () => {
    const url = await upload()
    await test.db
      .updateTable('files')
      .set({ removed_at: test.clock.now })
      .where('name', '=', url.slice(7, 39))
      .execute()
    await clean()
    expect(await isThere(url)).toBe(true)
    const left = join(test.deps.files.folder, 'up-left')
    await mkdir(left)
    await utimes(left, new Date(0), new Date(0))
    travel(2)
    await clean()
    expect(await isThere(url)).toBe(false)
    expect(await readdir(test.deps.files.folder)).toEqual([])
  })

  it('may run twice at once', async () => {
    const urls = await Promise.all(Array.from({ length: 10 }, upload))
    travel(25)
    await Promise.all([clean(), clean()])
    expect(await Promise.all(urls.map(isThere))).toEqual(urls.map(() => false))
  })
})

describe('the storage page', () => {
  it('shows totals and who stores most to administrators, and nothing to others', async () => {
    await upload()
    const administrator = await test.member(undefined, 'administrator')
    const figures = await storageFigures(test.db, administrator.viewer)
    expect(figures.files).toBeGreaterThan(0)
    expect(figures.biggest.some((one) => one.id === member.id && one.bytes > 0)).toBe(true)
    await expect(storageFigures(test.db, member.viewer)).rejects.toThrow('forbidden')
    const page = await administrator.page('/admin/storage')
    expect([page.statusCode, page.body.includes('Each member may use 200 MB')]).toEqual([200, true])
    expect((await member.page('/admin/storage')).statusCode).toBe(403)
    expect((await test.guest.page('/admin/storage')).statusCode).toBe(303)
  })
})
