import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSession } from '#modules/accounts/sessions.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { askAll, type Ids, outsideAddresses, withoutViews } from './outside.ts'

const words = [
  'Buried gold',
  'under the old oak',
  'a first secret',
  'whispered answer',
  'hidden-tag',
  'Cellar',
  'only cellar people',
]
const file = 'ab'.repeat(16)
const nothing = { post: 700, comment: 700, file: 'cd'.repeat(16) }

type Town = {
  site: TestApp
  writer: Actor
  reader: Actor
  outsider: Actor
  moderator: Actor
  open: Ids
  hidden: Ids
}

/** A site with one open board and, when asked for, boards of members and moderators where much goes on. */
async function makeTown(busy: boolean): Promise<Town> {
  // With the memory for pages and rows: what is kept for one is not shown to another.
  const site = await makeTestApp({ env: { PAGE_CACHE_MB: '8', ROW_CACHE_MB: '8' } })
  const writer = await site.member('writer')
  const reader = await site.member('reader')
  const outsider = await site.member('outsider')
  const moderator = await site.member('keeper', 'moderator')
  const yard = await site.board({ slug: 'yard', name: 'Yard' })
  const post = (await site.post(writer, yard, { title: 'A walk', tags: ['walk', 'wander'] })).id
  const comment = (await reader.api('POST', `/posts/${post}/comments`, { body: 'Good' })).json().id
  const town = { site, writer, reader, outsider, moderator, open: { post, comment, file: nothing.file } }
  const hidden = busy ? await fillCellars({ ...town, hidden: nothing }) : { ...nothing }
  // Ranked now: whether views of the walk are counted by the first ranking would be a matter of milliseconds.
  await site.deps.acts.flush()
  for (const what of ['posts', 'words']) await site.guest.api('GET', `/trending?what=${what}`)
  return { ...town, hidden }
}

async function fillCellars({ site, writer, reader, moderator }: Town): Promise<Ids> {
  const cellar = await site.board({
    slug: 'cellar',
    name: 'Cellar',
    about: 'only cellar people',
    readBy: 'members',
    downvotes: true,
  })
  const attic = await site.board({ slug: 'attic', name: 'Attic', readBy: 'moderators', kind: 'question' })
  const values = {
    title: 'Buried gold',
    body: `under the old oak ![x](/files/${file}.webp)`,
    tags: ['walk', 'secret', 'hidden-tag'],
  }
  const post = (await site.post(writer, cellar, values)).id
  await site.post(moderator, attic, { ...values, title: 'Buried gold too' })
  // More often than the other tag that is seen outside.
  await site.post(writer, cellar, { ...values, title: 'Buried gold three', tags: ['wander'] })
  await writer.api('PATCH', `/posts/${post}`, {
    title: 'Buried gold, again',
    body: 'a first secret',
    note: 'hidden-tag',
  })
  const comment = (await reader.api('POST', `/posts/${post}/comments`, { body: 'whispered answer' })).json()
    .id
  await writer.api('POST', `/posts/${post}/comments`, { body: 'whispered answer too', parent: comment })
  for (const act of [
    reader.api('PUT', `/posts/${post}/vote`, { value: -1 }),
    writer.api('PUT', `/comments/${comment}/vote`, { value: 1 }),
    reader.api('PUT', `/posts/${post}/bookmark`),
    reader.api('POST', '/reports', { post, reason: 'spam', detail: 'whispered answer' }),
    writer.api('POST', '/drafts', { target: `post:${post}`, title: 'Buried gold' }),
    moderator.api('PUT', `/posts/${post}/pin`, { reason: 'hidden-tag' }),
  ])
    expect((await act).statusCode).toBeLessThan(300)
  return { post, comment, file }
}

let quiet: Town
let busy: Town
beforeAll(async () => {
  quiet = await makeTown(false)
  busy = await makeTown(true)
})
afterAll(async () => {
  await quiet.site[Symbol.asyncDispose]()
  await busy.site[Symbol.asyncDispose]()
})

/** Ids of what is hidden stand in the addresses of both; so what answers, answers the same address. */
const addresses = () => outsideAddresses({ open: busy.open, hidden: busy.hidden })
/** Answers with a word of what is hidden; a search and a tag's page say again what was asked for. */
function namesIn(answers: Map<string, string>): string[] {
  return [...answers]
    .filter(([url, text]) => !/[?&]q=|^\/t\//.test(url) && words.some((word) => text.includes(word)))
    .map(([url]) => url)
}
/** The addresses whose answers differ, and where they begin to. */
function difference(without: Map<string, string>, within: Map<string, string>): string[] {
  return [...without].flatMap(([url, text]) => {
    const other = within.get(url) ?? ''
    if (other === text) return []
    const at = [...text].findIndex((sign, index) => sign !== other[index])
    return [`${url}: ${text.slice(at - 60, at + 60)} | ${other.slice(at - 60, at + 60)}`]
  })
}

describe('boards that an outsider may not read', () => {
  test('S03 S09 S10 change no byte of anything that a guest can ask for', async () => {
    const without = await askAll(quiet.site, addresses())
    const within = await askAll(busy.site, addresses())
    expect(difference(without, within)).toEqual([])
    expect(namesIn(within)).toEqual([])
    expect(within.get(`/p/${busy.open.post}/a-walk`)).toMatch(/^200/)
    expect(within.get(`/api/v1/posts/${busy.hidden.post}`)).toMatch(/^404/)
  })

  test('S09 S10 those of moderators change no byte of anything that a member can ask for', async () => {
    const admin = await busy.site.member('chief', 'administrator')
    await quiet.site.member('chief', 'administrator')
    expect((await admin.api('PATCH', '/boards/cellar', { readBy: 'moderators' })).statusCode).toBe(200)
    const ask = async (town: Town) => {
      const found = new Map<string, string>()
      for (const url of addresses()) {
        const { outsider } = town
        const answer = url.startsWith('/api/v1/') ? outsider.api('GET', url.slice(7)) : outsider.page(url)
        const { headers, statusCode, body } = await answer
        found.set(
          url,
          `${statusCode} ${headers['location']} ${headers['content-type']} ${withoutViews(body).replace(/requestId":"[^"]+|<code>[\w-]{12}<\/code>/g, '')}`,
        )
      }
      return found
    }
    const [without, within] = [await ask(quiet), await ask(busy)]
    expect(difference(without, within)).toEqual([])
    expect(namesIn(within)).toEqual([])
  })

  test('S09 refuse what an outsider does to them as what is not there', async () => {
    const acts = (town: Town, { post, comment }: Ids) => {
      const { outsider } = town
      return [
        outsider.api('PUT', `/posts/${post}/vote`, { value: 1 }),
        outsider.api('PUT', `/posts/${post}/bookmark`),
        outsider.api('POST', `/posts/${post}/comments`, { body: 'x' }),
        outsider.api('PATCH', `/posts/${post}`, { body: 'x' }),
        outsider.api('DELETE', `/posts/${post}`),
        outsider.api('PUT', `/comments/${comment}/vote`, { value: 1 }),
        outsider.api('PATCH', `/comments/${comment}`, { body: 'x' }),
        outsider.api('POST', '/reports', { post, reason: 'spam' }),
        outsider.api('POST', '/reports', { comment, reason: 'spam' }),
        outsider.api('POST', `/posts/${town.open.post}/comments`, { body: 'x', parent: comment }),
        outsider.api('POST', '/boards/attic/posts', { title: 'x', body: 'x' }),
        outsider.page(`/p/${post}/comments`, { body: 'x' }),
        outsider.api('PUT', `/posts/${post}/follow`, { level: 'everything' }),
        outsider.api('POST', `/posts/${post}/share`, { how: 'link' }),
        outsider.api('PUT', '/boards/attic/follow', { level: 'everything' }),
        outsider.api('PUT', '/tags/hidden-tag/follow', { level: 'everything' }),
        outsider.page('/t/hidden-tag/follow', { level: 'everything' }),
      ]
    }
    const textOf = async (sent: ReturnType<typeof acts>) =>
      (await Promise.all(sent)).map(
        (answer) =>
          `${answer.statusCode} ${answer.body.replace(/requestId":"[^"]+|<code>[\w-]{12}<\/code>/g, '')}`,
      )
    const hidden = await textOf(acts(busy, busy.hidden))
    expect(hidden).toEqual(await textOf(acts(quiet, { post: 555_555, comment: 555_555, file })))
    for (const text of hidden) expect(text).toMatch(/^(404|422)/)
  })
})

describe('what was open', () => {
  test('S03 is gone in every version once it is deleted, for all but those who may bring it back', async () => {
    const { site, reader, outsider, moderator } = quiet
    const board = await site.board()
    const post = (
      await site.post(reader, board, { title: 'Regretted', body: 'regretted words', tags: ['regret'] })
    ).id
    await reader.api('PATCH', `/posts/${post}`, { body: 'regretted words, milder' })
    const comment = (await reader.api('POST', `/posts/${post}/comments`, { body: 'regretted remark' })).json()
      .id
    await reader.api('PATCH', `/comments/${comment}`, { body: 'milder remark' })
    await reader.api('DELETE', `/comments/${comment}`)
    await reader.api('DELETE', `/posts/${post}`)
    const asked = outsideAddresses({ open: { post, comment, file }, hidden: nothing })
    for (const headers of [{}, { cookie: await cookieOf(site, outsider) }]) {
      const found = await askAll(site, asked, headers)
      for (const [url, text] of found) expect(text, url).not.toMatch(/regret|milder/i)
      expect(found.get(`/p/${post}/history/1`)).toMatch(/^404/)
      expect(found.get(`/api/v1/comments/${comment}/versions.csv`)).toMatch(/^404/)
    }
    expect((await moderator.api('GET', `/posts/${post}/versions/1`)).json().body).toBe('regretted words')
  })

  test('S07 is gone at once and everywhere when its board is closed, its pictures included', async () => {
    const { site, writer, open } = busy
    const row = {
      name: file,
      kind: 'image',
      uploader_id: writer.id,
      title: '',
      width: 9,
      height: 9,
      sizes: [9],
      bytes: 9,
    }
    await site.db
      .insertInto('files')
      .values({ ...row, created_at: site.clock.now })
      .execute()
    await writer.api('PATCH', `/posts/${open.post}`, { body: `![](/files/${file}.webp)` })
    const asked = outsideAddresses({ open: { ...open, file }, hidden: nothing })
    const tag = { 'if-none-match': `"${file}-9"` }
    const before = await askAll(site, asked, tag)
    expect(before.get(`/files/${file}.webp`)).toMatch(/^304/)
    expect(before.get('/')).toContain('A walk')
    const admin = await site.member(undefined, 'administrator')
    expect((await admin.api('PATCH', '/boards/yard', { readBy: 'members' })).statusCode).toBe(200)
    const after = await askAll(site, asked, tag)
    expect(after.get(`/files/${file}.webp`)).toMatch(/^404/)
    expect(after.get(`/api/v1/posts/${open.post}`)).toMatch(/^404/)
    for (const [url, text] of after) expect(text, url).not.toMatch(/A walk|Yard/)
  })
})

async function cookieOf(site: TestApp, { id: memberId }: Actor): Promise<string> {
  const { token } = await openSession(site.db, { memberId, kind: 'browser', agent: '', now: site.clock.now })
  return `madang=${token}`
}
