import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'

let site: TestApp
let author: Actor
beforeAll(async () => {
  site = await makeTestApp()
  author = await site.member('하늘')
  const [talk, garden] = [
    await site.board({ slug: 'talk', name: '자유' }),
    await site.board({ slug: 'garden', name: '텃밭' }),
  ]
  for (let n = 0; n < 25; n++)
    await site.post(author, n % 2 ? talk : garden, {
      title: `배추 <b>${n}</b>`,
      body: '배추를 심었습니다 <script>alert(1)</script>',
    })
})
afterAll(() => site[Symbol.asyncDispose]())

const page = async (url: string, language = 'en') => {
  const answer = await site.guest.page(`${url}${url.includes('?') ? '&' : '?'}lang=${language}`)
  expect(answer.statusCode).toBe(200)
  return answer.body
}
const q = encodeURIComponent('배추')

test('every page but the search’s own has the field in its top bar', async () => {
  expect(await page('/')).toMatch(/<form class="find" role="search"[^>]* action="\/search">/)
  expect(await page('/search')).not.toContain('class="find"')
})

test('what finds nothing because of the keyboard shows what was meant, and says so; the API only tells', async () => {
  const body = await page('/search?q=qocn&board=garden')
  expect(body).toContain('Showing results for “배추”; nothing was found for “qocn”.')
  expect(body.match(/<li class="row hit"/g)).toHaveLength(13)
  // All that leads on from there keeps to what is shown.
  expect(body).toContain(`name="q" value="배추"`)
  expect(body).toContain(`href="/search?q=${q}&amp;board=garden&amp;sort=latest"`)
  expect(body).not.toMatch(/Did you mean|href="[^"]*q=qocn/)
  expect(await page('/search?q=qocn', 'ko')).toContain(
    '“배추”를 찾은 결과입니다. “qocn” 그대로는 찾은 글이 없습니다.',
  )
  const api = (await site.guest.api('GET', '/search?q=qocn')).json()
  expect(api).toMatchObject({ items: [], found: 0, didYouMean: '배추' })
})

test('what is meant counts no posts that its reader may not see', async () => {
  const cellar = await site.board({ slug: 'cellar', readBy: 'moderators' })
  const keeper = await site.member(undefined, 'moderator')
  for (let n = 0; n < 3; n++) await site.post(keeper, cellar, { title: '무말랭이' })
  expect((await keeper.page('/search?q=anakffoddl')).body).toContain('무말랭이')
  const body = await page('/search?q=anakffoddl')
  expect(body).toContain('No posts found')
  expect(body).not.toContain('무말랭이')
})

test('without a question it tells how to ask, in both languages', async () => {
  expect(await page('/search')).toContain('How to search')
  expect(await page('/search', 'ko')).toContain('이렇게 찾을 수 있습니다')
})

test('results are marked and escaped, counted, narrowed and paged', async () => {
  const body = await page(`/search?q=${q}`)
  expect(body).toContain('<mark>배추</mark> &lt;b&gt;')
  expect(body).not.toContain('<script>alert')
  expect(body).toContain('25 posts')
  // A phone shows the facets below twenty results.
  expect(body).toMatch(/href="#narrow">Narrow the results<\/a>.*<nav class="facets" id="narrow"/s)
  expect(body).toMatch(/href="\/search\?q=%EB%B0%B0%EC%B6%94&amp;board=garden"/)
  const next = /href="(\/search\?[^"]*after=[^"]*)"/.exec(body)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const second = await page(next)
  expect(second.match(/class="row hit"/g)?.length).toBe(5)
  expect(second).toContain('Back to first')
})

test('nothing found, nothing asked and a wrong keyboard have their words', async () => {
  expect(await page('/search?q=zebra')).toContain('No posts found')
  expect(await page('/search?q=%21%21')).toContain('at least one letter or digit')
})

test('what has only parts of the question is said to, as are names that nobody has', async () => {
  expect(await page(`/search?q=${encodeURIComponent('배추밭고랑')}`)).toContain(
    'those with parts of it are shown',
  )
  expect(await page('/search?q=author:nobody')).toContain('There is no board or member of that name')
  expect(await page('/search?q=board:nowhere', 'ko')).toContain('그런 이름의 게시판이나 회원이 없습니다')
  expect(await page('/search?q=board:garden+-board:garden')).not.toContain('of that name')
})

test('nothing found within bounds offers the same without them', async () => {
  const body = await page(`/search?q=${encodeURIComponent('board:nowhere "배추를 심" author:x')}`)
  expect(body).toContain(`href="/search?q=${encodeURIComponent('배추를 심')}"`)
  expect(await page('/search?q=zebra')).not.toContain('Search all posts instead')
})

test('what narrows the results stands above them and can be taken away', async () => {
  const narrowed = (body: string) =>
    /<nav class="inside" aria-label="Narrowed to">(.*?)<\/nav>/s.exec(body)?.[1] ?? ''
  const links = (body: string) =>
    [...narrowed(body).matchAll(/href="([^"]*)">([^<]*?) </g)].map(([, href = '', text]) => [
      decodeURIComponent(href.replaceAll('&amp;', '&')),
      text,
    ])
  expect(narrowed(await page(`/search?q=${q}`))).toBe('')
  expect(links(await page(`/search?q=${q}&board=garden`))).toEqual([['/search?q=배추', '텃밭']])
  expect(links(await page(`/search?q=${q}+after:2026+before:2027+author:하늘&sort=latest`))).toEqual([
    ['/search?q=배추 after:2026 before:2027&sort=latest', '하늘'],
    ['/search?q=배추 author:하늘&sort=latest', '2026'],
  ])
  expect(links(await page(`/search?q=${q}+after:2026-12+before:2027-01`))).toEqual([
    ['/search?q=배추', 'December 2026'],
  ])
  expect(
    links(await page(`/search?q=${encodeURIComponent('"배추" -tag:x after:2020-01 tag:없음')}`)),
  ).toEqual([
    ['/search?q="배추" -tag:x after:2020-01', '#없음'],
    ['/search?q="배추" -tag:x tag:없음', 'since 2020-01'],
  ])
})

test('suggestions name posts, tags, members and boards', async () => {
  const ask = async (text: string) =>
    (await site.guest.api('GET', `/search/suggestions?q=${encodeURIComponent(text)}`)).json().items
  await author.api('POST', '/boards/talk/posts', { title: '씨앗', body: '나눔', tags: ['나눔장터'] })
  expect(await ask('텃')).toContainEqual({ kind: 'board', text: '텃밭', url: '/b/garden' })
  expect(await ask('나눔')).toContainEqual(expect.objectContaining({ kind: 'tag', text: '나눔장터' }))
  expect(await ask('ㄴㄴ')).toContainEqual(expect.objectContaining({ kind: 'tag', text: '나눔장터' }))
  expect(await ask('하')).toContainEqual(expect.objectContaining({ kind: 'member', text: '하늘' }))
  expect(await ask('ㅎㄴ')).toContainEqual(expect.objectContaining({ kind: 'member', text: '하늘' }))
  expect(await ask('씨')).toContainEqual(expect.objectContaining({ kind: 'post', text: '씨앗' }))
  expect(await ask('ㅆㅇ')).toContainEqual(expect.objectContaining({ kind: 'post', text: '씨앗' }))
  await site.member('비오는목요일')
  for (const inside of ['목요일', '@오는', 'ㅁㅇㅇ'])
    expect(await ask(inside)).toEqual([{ kind: 'member', text: '비오는목요일', url: expect.any(String) }])
  expect(await ask('%')).toEqual([])
  expect(await ask('board:garden 씨')).toEqual([])
  // On the way to 나눔장터 and 씨앗, and to neither.
  for (const half of ['나누', '나눔ㅈ', '나눔자', '나눔장터'])
    expect([half, await ask(half)]).toEqual([half, [expect.objectContaining({ text: '나눔장터' })]])
  for (const half of ['씨아', '씽', '씨ㅇ'])
    expect([half, await ask(half)]).toEqual([half, [expect.objectContaining({ text: '씨앗' })]])
  expect(await ask('씨악')).toEqual([])
  // The second word has just begun.
  await author.api('POST', '/boards/talk/posts', { title: 'Paint the long fence', body: 'x' })
  for (const [half, texts] of [
    ['paint f', ['Paint the long fence']],
    ['Paint t', ['Paint the long fence']],
    ['paint e', []],
  ] as const)
    expect([half, await ask(half)]).toEqual([half, texts.map((text) => expect.objectContaining({ text }))])
  // Typed on the other keyboard layout: 씨앗.
  expect(await ask('Tldkt')).toEqual([expect.objectContaining({ kind: 'post', text: '씨앗' })])
})

test('what cannot be seen takes nothing from a question', async () => {
  const url = '/search/suggestions?q=%00%ED%95%98%1b'
  expect((await site.guest.api('GET', url)).json().items).toContainEqual(
    expect.objectContaining({ text: '하늘' }),
  )
  expect(await page('/search?q=%00%01%1b')).toContain('at least one letter or digit')
  expect(await page(`/search?q=${q}%00&author=%00%ED%95%98%EB%8A%98&tag=%00&board=%00garden`)).toContain(
    'How to',
  )
})

test('similar posts are named for a title, and none for a title of its own', async () => {
  const ask = async (title: string) =>
    (await site.guest.api('GET', `/search/similar?title=${encodeURIComponent(title)}`)).json().items
  expect((await ask('씨앗 나눔 하실 분'))[0]?.title).toBe('씨앗')
  expect(await ask('전혀 다른 이야기')).toEqual([])
  expect((await ask(`씨앗 나눔 하실 분${' '.repeat(200)}${'가'.repeat(9000)}`))[0]?.title).toBe('씨앗')
})

test('what finds little is shown as it was asked for, with what may have been meant', async () => {
  await site.post(author, await site.board(), { title: 'A game called qocn' })
  const body = await page('/search?q=qocn')
  expect(body).toContain('A game called <mark>qocn</mark>')
  expect(body).toMatch(/Did you mean: <a href="[^"]+"><b>배추<\/b>/)
  expect(body).not.toContain('nothing was found')
})
