import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changeBoard } from '#modules/boards/boards.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { plain } from '#test/support/images.ts'

let test: TestApp
let author: Actor
let stranger: Actor
let moderator: Actor
beforeAll(async () => {
  test = await makeTestApp()
  author = await test.member()
  stranger = await test.member()
  moderator = await test.member('mod', 'moderator')
})
afterAll(() => test[Symbol.asyncDispose]())

type Reader = Pick<Actor, 'page'>
const status = async (reader: Reader, url: string) => (await reader.page(url)).statusCode
/** What each of guest, stranger, author and moderator gets. */
const seenBy = (url: string) =>
  Promise.all([test.guest, stranger, author, moderator].map((who) => status(who, url)))

async function uploadBy(actor: Actor): Promise<string> {
  return (await actor.api('POST', '/files', await plain('png'))).json().url
}
const shows = (url: string) => `![picture](${url})`

describe('a small picture in lists', () => {
  const small = (url: string) => url.replace('.webp', '-320.webp')
  it('is the first of the post’s text, loaded when it comes into sight', async () => {
    const [first, second] = [await uploadBy(author), await uploadBy(author)]
    const board = await test.board()
    const post = await test.post(author, board, { body: `${shows(first)} ${shows(second)}` })
    const list = async (who: Reader = test.guest) => (await who.page(`/b/${board.slug}`)).body
    expect(await list()).toContain(`<img class="th" src="${small(first)}"`)
    expect(await list()).toMatch(/<img class="th"[^>]* alt="" loading="lazy"/)
    expect(await list()).not.toContain(small(second))
    expect(await status(test.guest, small(first))).toBe(200)
    const { items } = (await test.guest.api('GET', `/boards/${board.slug}/posts`)).json()
    expect(items[0]).toMatchObject({ id: post.id, picture: small(first) })
    await author.api('PATCH', `/posts/${post.id}`, { body: 'No picture' })
    expect(await list()).not.toContain('class="th"')
  })

  it('of a comment or of a private board’s post is shown to nobody who may not see it', async () => {
    const [inComment, hidden] = [await uploadBy(author), await uploadBy(author)]
    const board = await test.board()
    const { id } = await test.post(author, board)
    await author.api('POST', `/posts/${id}/comments`, { body: shows(inComment) })
    const closed = await test.board({ readBy: 'members', parent: board.slug })
    await test.post(author, closed, { body: shows(hidden) })
    expect((await test.guest.page(`/b/${board.slug}`)).body).not.toContain('class="th"')
    expect((await test.guest.page(`/m/${author.name}`)).body).not.toContain(small(hidden))
    expect(await status(test.guest, small(hidden))).toBe(404)
    const list = (await stranger.page(`/b/${board.slug}`)).body
    expect(list).toContain(small(hidden))
    expect(list).not.toContain(small(inComment))
  })
})

describe('a picture', () => {
  it('is its uploader’s alone until something shows it', async () => {
    const url = await uploadBy(author)
    expect(await seenBy(url)).toEqual([404, 404, 200, 404])
    await test.post(author, await test.board(), { body: shows(url) })
    expect(await seenBy(url)).toEqual([200, 200, 200, 200])
  })

  it('is readable in every size by those who read the board, and by nobody else', async () => {
    const url = await uploadBy(author)
    await test.post(author, await test.board({ readBy: 'members' }), { body: shows(url) })
    for (const address of [url, url.replace('.webp', '-320.webp'), url.replace('.webp', '-1920.webp')])
      expect(await seenBy(address)).toEqual([404, 200, 200, 200])
  })

  it('in a comment counts like one in a post', async () => {
    const url = await uploadBy(author)
    const post = await test.post(author, await test.board())
    const written = await author.api('POST', `/posts/${post.id}/comments`, { body: shows(url) })
    expect(await seenBy(url)).toEqual([200, 200, 200, 200])
    await author.api('DELETE', `/comments/${written.json().id}`)
    expect(await seenBy(url)).toEqual([404, 404, 200, 200])
  })

  it('of two places is readable where either is', async () => {
    const url = await uploadBy(author)
    await test.post(author, await test.board({ readBy: 'members' }), { body: shows(url) })
    expect(await status(test.guest, url)).toBe(404)
    const open = await test.post(author, await test.board(), { body: shows(url) })
    expect(await status(test.guest, url)).toBe(200)
    await author.api('DELETE', `/posts/${open.id}`)
    expect(await seenBy(url)).toEqual([404, 200, 200, 200])
  })

  it('of a deleted post stays with those who may see it', async () => {
    const url = await uploadBy(author)
    const post = await test.post(author, await test.board(), { body: shows(url) })
    await moderator.api('DELETE', `/posts/${post.id}`, { reason: 'no' })
    expect(await seenBy(url)).toEqual([404, 404, 404, 200])
  })

  it('goes with the text that showed it', async () => {
    const url = await uploadBy(author)
    const post = await test.post(author, await test.board(), { body: shows(url) })
    await author.api('PATCH', `/posts/${post.id}`, { body: 'Only text now' })
    expect(await seenBy(url)).toEqual([404, 404, 200, 404])
    await author.api('PATCH', `/posts/${post.id}`, { body: `back: ${shows(url)}` })
    expect(await status(test.guest, url)).toBe(200)
  })

  it('stays when a moderator edits the text around it', async () => {
    const url = await uploadBy(author)
    const post = await test.post(author, await test.board(), { body: shows(url) })
    await moderator.api('PATCH', `/posts/${post.id}`, { body: `tidied ${shows(url)}` })
    expect(await status(test.guest, url)).toBe(200)
  })

  it('stands in its measures, in the size that a post shows, linked to the whole where that is larger', async () => {
    const url = await uploadBy(author)
    const post = await test.post(author, await test.board(), { body: shows(url) })
    const { html } = (await test.guest.api('GET', `/posts/${post.id}`)).json()
    const shown = url.replace('.webp', '-960.webp')
    expect(html).toContain(`<img src="${shown}" width="40" height="30" alt="picture" loading="lazy">`)
  })
})

describe('S07: a board that becomes private', () => {
  it('takes its pictures and their small sizes with it at once', async () => {
    const url = await uploadBy(author)
    const board = await test.board()
    await test.post(author, board, { body: shows(url) })
    const small = url.replace('.webp', '-320.webp')
    const before = await test.guest.page(url)
    expect([before.statusCode, before.headers['cache-control']]).toEqual([200, 'public, no-cache'])
    const administrator = await test.member(undefined, 'administrator')
    await changeBoard(test.db, administrator.viewer, {
      board: board.slug,
      change: { slug: board.slug, name: board.name, readBy: 'members' },
    })
    for (const address of [url, small]) {
      const guest = await test.app.inject({
        url: address,
        headers: { 'if-none-match': String(before.headers.etag) },
      })
      expect([guest.statusCode, guest.headers['cache-control']]).toEqual([404, 'no-store'])
      expect((await stranger.page(address)).headers['cache-control']).toBe('private, no-cache')
    }
  })
})

describe('S06: a picture that the writer may not read', () => {
  it('is not made public by naming it in a text', async () => {
    const url = await uploadBy(moderator)
    await test.post(moderator, await test.board({ readBy: 'moderators', writeBy: 'moderators' }), {
      body: shows(url),
    })
    const open = await test.board()
    for (const written of [
      url,
      `http://localhost${url}`,
      `https://example.org${url}`,
      `//localhost${url}`,
      url.replace('.webp', '-320.webp'),
    ]) {
      const post = await test.post(stranger, open, { body: shows(written) })
      await stranger.api('POST', `/posts/${post.id}/comments`, { body: shows(written) })
      await stranger.api('PATCH', `/posts/${post.id}`, { body: `again ${shows(written)}` })
    }
    expect(await seenBy(url)).toEqual([404, 404, 404, 200])
  })

  it('that another member has not shown yet stays theirs', async () => {
    const url = await uploadBy(author)
    await test.post(stranger, await test.board(), { body: shows(url) })
    expect(await seenBy(url)).toEqual([404, 404, 200, 404])
  })
})

describe('S35: an address that tries to be a path', () => {
  it('is refused', async () => {
    const hex = '0'.repeat(32)
    for (const name of [
      '..%2f..%2fsecrets%2ftoken-key',
      `${hex}%2f..%2fx.webp`,
      `${hex}.webp%00`,
      '..%5c..%5cx',
      `%252e%252e%252f`,
    ]) {
      const answer = await test.app.inject({ url: `/files/${name}` })
      expect([400, 404], name).toContain(answer.statusCode)
    }
    expect((await test.guest.page('/files/..%2f..%2fsecrets%2ftoken-key')).statusCode).toBe(400)
    expect((await test.guest.page(`/files/${hex}.webp%00`)).statusCode).toBe(400)
  })

  it('that is no name of a file is not there', async () => {
    for (const name of [
      'a.png',
      `${'0'.repeat(32)}.webp`,
      `${'0'.repeat(32)}-99999.webp`,
      `${'A'.repeat(32)}.webp`,
    ])
      expect((await test.guest.page(`/files/${name}`)).statusCode, name).toBe(404)
  })
})

describe('an answer with a picture', () => {
  it('can be nothing but a picture', async () => {
    const url = await uploadBy(author)
    const { headers } = await author.page(url)
    expect(headers['content-type']).toBe('image/webp')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['content-security-policy']).toBe("default-src 'none'; sandbox")
    expect(headers['cross-origin-resource-policy']).toBe('same-origin')
  })

  it('is sent once and then confirmed', async () => {
    const url = await uploadBy(author)
    await test.post(author, await test.board(), { body: shows(url) })
    const { headers } = await test.guest.page(url)
    const again = await test.app.inject({ url, headers: { 'if-none-match': `"x", W/${headers.etag}` } })
    expect([again.statusCode, again.rawPayload.length]).toEqual([304, 0])
  })
})
