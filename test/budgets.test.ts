import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from './support/app.ts'

let test: TestApp
let member: Actor
let address: string

/** Ordinary lengths: a post of 1,500 letters, twenty comments of 300. */
beforeAll(async () => {
  test = await makeTestApp()
  member = await test.member()
  const paragraph = 'An ordinary sentence of a person who tells something at some length. '
  const post = await test.post(member, await test.board(), { body: paragraph.repeat(22) })
  for (let index = 0; index < 20; index++) {
    await member.api('POST', `/posts/${post.id}/comments`, { body: paragraph.repeat(4) })
  }
  address = `/p/${post.id}/a-post`
})
afterAll(() => test[Symbol.asyncDispose]())

const kilobytes = (text: string | Buffer) => Buffer.byteLength(text) / 1000

describe('a post with 20 comments', () => {
  it('is at most 40 kB of HTML for a guest', async () => {
    const { body } = await test.guest.page(address)
    expect(kilobytes(body)).toBeLessThanOrEqual(40)
  })

  it('is read without a byte of script by a guest', async () => {
    const { body } = await test.guest.page(address)
    expect(body).not.toMatch(/<script[^>]+src=|modulepreload/)
  })

  it('loads at most 30 kB of compressed script for a member, with all that comes when one types or clicks', async () => {
    const { body } = await member.page(address)
    const [, map = ''] = /<script type="importmap">(.*?)<\/script>/.exec(body) ?? []
    const addresses: Record<string, string> = JSON.parse(map).imports
    const loaded = new Set<string>()
    for (const [, url = ''] of body.matchAll(/<script type="module" src="([^"]+)"/g)) loaded.add(url)
    let sum = 0
    // A set that grows while one walks it: each module adds those that it imports, at once or later.
    for (const url of loaded) {
      const [code, packed] = await Promise.all([
        test.app.inject({ url }),
        test.app.inject({ url, headers: { 'accept-encoding': 'br' } }),
      ])
      expect(packed.headers['content-encoding']).toBe('br')
      sum += kilobytes(packed.rawPayload)
      for (const [, name = ''] of code.body.matchAll(/(?:from|import\() ?'(?:\.|#browser)\/([\w-]+\.ts)'/g)) {
        loaded.add(addresses[`#browser/${name}`] ?? expect.unreachable(name))
      }
    }
    expect(loaded.size).toBeGreaterThan(20)
    expect(sum).toBeLessThanOrEqual(30)
  })

  it('takes one stylesheet of at most 20 kB compressed', async () => {
    const { body } = await test.guest.page(address)
    const [url = '', ...more] = new Set(body.match(/\/assets\/[\w.-]+\.css/g))
    expect(more).toEqual([])
    const answer = await test.app.inject({ url, headers: { 'accept-encoding': 'br' } })
    expect(kilobytes(answer.rawPayload)).toBeLessThanOrEqual(20)
  })
})

it('the program has at most 45 dependencies', () => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  expect(Object.keys(dependencies).length).toBeLessThanOrEqual(45)
})
