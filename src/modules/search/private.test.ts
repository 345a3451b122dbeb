import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { countFrequencies } from './frequencies.ts'

/** Two sites that differ only in what a board of the moderators holds: nobody else can tell them apart. */
let plain: TestApp
let other: TestApp
let moderator: Actor
let muted: { reader: Actor; writer: Actor }

const texts = [
  '가을 배추를 심는 때',
  '배추 벌레를 잡는 방법',
  '마을 도서관 새 책',
  'Prefix search for everyone',
]

async function fill(site: TestApp, isSecret: boolean): Promise<Awaited<ReturnType<TestApp['board']>>> {
  const author = await site.member('writer')
  const staff = await site.member('staff', 'moderator')
  const open = await site.board({ slug: 'open' })
  const closed = await site.board({ slug: 'closed', readBy: 'moderators' })
  const ids: number[] = []
  for (const [index, title] of texts.entries()) {
    const post = await site.post(author, open, { title, body: `${title} 이야기`, tags: ['마을'] })
    ids.push(post.id)
    await author.api('POST', `/posts/${post.id}/comments`, { body: `${texts[(index + 1) % 4]} 댓글` })
  }
  if (isSecret) {
    for (let n = 0; n < 12; n++) {
      const body = '배추 벌레 배추 벌레 도서관 비밀회의 everyone'
      const post = await site.post(staff, closed, {
        title: `비밀회의 배추 ${n}`,
        body,
        tags: ['비밀', '마을'],
      })
      await staff.api('POST', `/posts/${post.id}/comments`, { body: '배추 비밀회의 댓글' })
    }
  }
  await countFrequencies(site.db, { now: site.clock.now })
  if (isSecret) moderator = staff
  return open
}

beforeAll(async () => {
  plain = await makeTestApp()
  other = await makeTestApp()
  await fill(plain, false)
  const open = await fill(other, true)
  const reader = await other.member('reader')
  const writer = await other.member('loud')
  await other.post(writer, open, {
    title: '시끄러운 배추',
    body: '글',
  })
  muted = { reader, writer }
})
afterAll(async () => {
  await plain[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
})

const questions = [
  '/search?q=배추',
  '/search?q=배추&sort=latest',
  '/search?q=비밀회의',
  '/search?q=qlalfghldml',
  '/search?q=비밀희의',
  '/search?q=비밀희의 베추',
  '/search?q=베추',
  '/search?q=everyome',
  '/search?q=board:closed 배추',
  '/search?q=도서관 배추 벌레 이야기 방법',
  '/search?q=tag:비밀',
  '/search?q=every',
  '/search?q="배추 벌레"',
  '/search?q=배추 -댓글',
  '/search?q=배추&limit=2',
  '/search?q=author:staff',
  '/search?q=-board:closed 배추',
  '/search?q=-board:open 배추',
  '/search?q=-tag:비밀 배추&sort=latest',
  '/search?q=-author:staff 도서관',
  '/search?q=qlalfghldml 도서관',
  '/search/suggestions?q=qlalfghldml',
  '/search/suggestions?q=비밀회으',
  '/search/suggestions?q=비믿',
  '/search/suggestions?q=board:closed 배',
  '/search/suggestions?q=비',
  '/search/suggestions?q=마을',
  '/search/suggestions?q=비밀회의 배추',
  '/search/suggestions?q=ㅂㅁ',
  '/search/suggestions?q=clo',
  '/search/suggestions?q=배',
  '/tags?prefix=비',
  '/tags?prefix=마을',
  '/tags?prefix=ㅁ',
  '/search/similar?title=비밀회의 배추',
  '/search/similar?title=배추 벌레를 잡는 방법',
  '/search/similar?title=배추 벌레 도서관',
]

test.each(questions)('%s is answered byte for byte as if the closed board were empty', async (question) => {
  // The loud post came later and is in one site only.
  const ask = async (site: TestApp) => {
    const answer = await site.guest.api('GET', encodeURI(question))
    return JSON.stringify(answer.json(), (_, value) => (value?.title === '시끄러운 배추' ? undefined : value))
  }
  await other.db
    .updateTable('posts')
    .set({ deleted_at: new Date() })
    .where('title', '=', '시끄러운 배추')
    .execute()
  expect(await ask(other)).toBe(await ask(plain))
  await other.db.updateTable('posts').set({ deleted_at: null }).where('title', '=', '시끄러운 배추').execute()
})

test.each(['/search?q=배추', '/search?q=비밀회의', '/search?q=board:closed 배추'])(
  'the page %s shows the same',
  async (question) => {
    const show = async (site: TestApp) => {
      const { body } = await site.guest.page(encodeURI(question))
      return body.replace(/nonce[=-]"?[\w+/=-]+|127\.0\.0\.1:\d+/g, '')
    }
    const loud = other.db.updateTable('posts').where('title', '=', '시끄러운 배추')
    await loud.set({ deleted_at: new Date() }).execute()
    expect(await show(other)).toBe(await show(plain))
    await loud.set({ deleted_at: null }).execute()
  },
)

test('who may read the board finds what is in it', async () => {
  const answer = await moderator.api('GET', `/search?q=${encodeURIComponent('비밀회의')}`)
  expect(answer.json().items.length).toBe(12)
})

test('whom one keeps away is not found, but where one looks at them', async () => {
  const find = async (q: string) =>
    (await muted.reader.api('GET', `/search?q=${encodeURIComponent(q)}`)).json().items.length
  expect(await find('시끄러운')).toBe(1)
  await muted.reader.api('PUT', `/me/blocks/${muted.writer.id}`, { kind: 'mute' })
  expect(await find('시끄러운')).toBe(0)
  expect(await find('author:loud 시끄러운')).toBe(1)
})

test('a tag is offered with as many posts as its reader may read', async () => {
  const offered = async (who: Pick<Actor, 'api'>, prefix: string) =>
    (await who.api('GET', `/tags?prefix=${encodeURIComponent(prefix)}`)).json().items
  expect(await offered(other.guest, '마')).toEqual([{ name: '마을', posts: 4 }])
  expect(await offered(moderator, '마')).toEqual([{ name: '마을', posts: 16 }])
  expect(await offered(moderator, '#비')).toEqual([{ name: '비밀', posts: 12 }])
  for (const typed of ['', '#', '%', '_', '\\', '을']) expect(await offered(moderator, typed)).toEqual([])
})
