import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { photo, plain } from '#test/support/images.ts'
import { removeUnused } from './upkeep.ts'

let test: TestApp
beforeAll(async () => {
  test = await makeTestApp()
})
afterAll(() => test[Symbol.asyncDispose]())

const setAvatar = async (actor: Actor): Promise<string> =>
  (await actor.api('PUT', '/me/avatar', await photo(300, 200))).json().url
const small = (url: string) => url.replace('.webp', '-64.webp')
const form = (bytes: Buffer) =>
  Buffer.concat([
    Buffer.from('--x\r\ncontent-disposition: form-data; name="image"; filename="me.png"\r\n\r\n'),
    bytes,
    Buffer.from('\r\n--x--\r\n'),
  ])

describe('an avatar', () => {
  it('is a square that everybody may see, kept by browsers for an hour', async () => {
    const url = await setAvatar(await test.member())
    const answer = await test.guest.page(small(url))
    expect(answer.headers['cache-control']).toBe('public, max-age=3600')
    expect(await sharp(answer.rawPayload).metadata()).toMatchObject({ format: 'webp', width: 64, height: 64 })
    expect((await sharp((await test.guest.page(url)).rawPayload).metadata()).width).toBe(256)
  })

  it('stands beside what the member wrote, on their page and in their menu', async () => {
    const member = await test.member()
    const post = await test.post(member, await test.board())
    await member.api('POST', `/posts/${post.id}/comments`, { body: 'Text' })
    const before = (await test.guest.page(`/p/${post.id}/a-post`)).body
    const url = await setAvatar(member)
    const image = `<img class="av" src="${small(url)}"`
    const after = (await test.guest.page(`/p/${post.id}/a-post`)).body
    expect([before.includes('class="av hue-'), before.includes(image)]).toEqual([true, false])
    expect([after.includes('class="av hue-'), after.includes(image)]).toEqual([false, true])
    expect((await test.guest.page(`/m/${member.name}`)).body).toContain(image)
    expect((await member.page('/')).body).toContain(image)
    const [profile, shown, comments] = [
      await test.guest.api('GET', `/members/${member.name}`),
      await test.guest.api('GET', `/posts/${post.id}`),
      await test.guest.api('GET', `/posts/${post.id}/comments`),
    ].map((answer) => answer.json())
    expect([profile.avatar, shown.author.avatar, comments.items[0].author.avatar]).toEqual([url, url, url])
  })

  it('that is replaced or removed is gone at once, its contents with the clean-up', async () => {
    const member = await test.member()
    const first = await setAvatar(member)
    const second = await setAvatar(member)
    expect([(await test.guest.page(first)).statusCode, (await test.guest.page(second)).statusCode]).toEqual([
      404, 200,
    ])
    await removeUnused(test.db, { tools: test.deps.files, now: test.clock.now })
    const key = (url: string) => `${url.slice(7, 39)}-256.webp`
    expect(await test.deps.files.storage.get(key(first))).toBeNull()
    const kept = await test.deps.files.storage.get(key(second))
    kept?.stream.destroy()
    expect(kept).not.toBeNull()
    expect((await member.api('DELETE', '/me/avatar')).statusCode).toBe(204)
    expect((await test.guest.page(second)).statusCode).toBe(404)
  })

  it('goes with its member', async () => {
    const member = await test.member()
    const url = await setAvatar(member)
    const cleared = {
      name: null,
      name_key: null,
      email: null,
      email_key: null,
      avatar: null,
      withdrawn_at: test.clock.now,
    }
    await test.db.updateTable('members').set(cleared).where('id', '=', member.id).execute()
    expect((await test.guest.page(url)).statusCode).toBe(404)
  })

  it('is changed by a form, too, which says why it was refused', async () => {
    const member = await test.member()
    const done = await member.page('/settings/avatar', form(await plain('png')))
    expect([done.statusCode, done.headers.location]).toEqual([303, '/settings/avatar?saved=1'])
    expect((await member.page('/settings/avatar?saved=1')).body).toContain('Your profile picture is changed.')
    expect((await member.page('/settings')).body).toContain('<img class="av"')
    const refused = await member.page('/settings/avatar', form(Buffer.from('no picture at all')))
    expect([refused.statusCode, refused.body.includes('Only JPEG, PNG')]).toEqual([422, true])
    await member.page('/settings/avatar/remove', {})
    expect((await member.page('/settings')).body).not.toContain('<img class="av"')
  })

  it('of a guest there is none', async () => {
    expect((await test.guest.api('PUT', '/me/avatar', await plain('png'))).statusCode).toBe(401)
    expect((await test.guest.page('/settings/avatar')).statusCode).toBe(303)
  })
})
