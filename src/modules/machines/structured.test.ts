import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'

const origin = 'http://yard.example'
let site: TestApp
let asker: Actor
let helper: Actor
beforeAll(async () => {
  site = await makeTestApp({ env: { BASE_URL: origin } })
  asker = await site.member('하늘')
  helper = await site.member('miro')
  await site.board({ slug: 'talk', name: '이야기 "마당"', about: 'About <talk>' })
  await site.board({ slug: 'ask', kind: 'question', parent: 'talk' })
})
afterAll(() => site[Symbol.asyncDispose]())

type Told = Record<string, unknown>

/** The blocks of a page as a search engine finds them. */
function thingsIn(body: string): Told[] {
  const blocks = [...body.matchAll(/<script type="application\/ld\+json">(.*?)<\/script>/gs)]
  return blocks.map(([, json = '']) => JSON.parse(json))
}

const find = (things: Told[], type: string): Told => things.find((one) => one['@type'] === type) ?? {}

/** Fields that Google's documentation requires, by type, and of those the ones that are checked for each inner thing. */
const required: Record<string, readonly (string | readonly string[])[]> = {
  DiscussionForumPosting: ['author', 'datePublished', ['text', 'image', 'video']],
  Comment: ['author', 'datePublished', ['text', 'image', 'video']],
  QAPage: ['mainEntity'],
  Question: ['name', 'answerCount'],
  Answer: ['text'],
  BreadcrumbList: ['itemListElement'],
  ListItem: ['position', 'name', 'item'],
  ProfilePage: ['mainEntity'],
  Person: ['name'],
  InteractionCounter: ['interactionType', 'userInteractionCount'],
  WebSite: ['name', 'url'],
  SearchAction: ['target', 'query-input'],
  EntryPoint: ['urlTemplate'],
}

function problemsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(problemsOf)
  if (typeof value !== 'object' || value === null) return []
  const thing: Told = { ...value }
  const type = String(thing['@type'])
  const missing = (required[type] ?? []).filter((field) =>
    [field].flat().every((name) => !thing[name]?.toString()),
  )
  const wrong = Object.entries(thing).flatMap(([name, inner]) => {
    if (/^date/.test(name) && !/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(String(inner))) return [`${type}.${name}`]
    if (/^(url|item|mainEntityOfPage)$/.test(name) && !String(inner).startsWith(`${origin}/`))
      return [`${type}.${name} ${inner}`]
    if (/Count$/.test(name) && !Number.isInteger(inner)) return [`${type}.${name}`]
    return problemsOf(inner)
  })
  return [...missing.map((field) => `${type} without ${field}`), ...wrong]
}

const page = (url: string, lang = 'en') =>
  site.guest.page(`${url}${url.includes('?') ? '&' : '?'}lang=${lang}`)
const comment = async (who: Actor, post: number, values: object) =>
  (await who.api('POST', `/posts/${post}/comments`, values)).json().id

async function discussion() {
  const post = await site.post(asker, { slug: 'talk' } as never, { title: '가을 산책', body: '글 **하나**' })
  const first = await comment(helper, post.id, { body: 'First' })
  const second = await comment(asker, post.id, { body: 'Below', parent: first })
  await comment(helper, post.id, { body: 'Deepest', parent: second })
  await helper.api('PUT', `/posts/${post.id}/vote`, { value: 1 })
  return { ...post, first, second, url: `/p/${post.id}/${encodeURIComponent('가을-산책')}` }
}

describe('a discussion', () => {
  test('is told with its comments as a tree and the counts as they are', async () => {
    const post = await discussion()
    const things = thingsIn((await page(post.url)).body)
    expect(things.flatMap(problemsOf)).toEqual([])
    const told = find(things, 'DiscussionForumPosting')
    expect(told).toMatchObject({
      headline: '가을 산책',
      text: '글 하나',
      url: origin + post.url,
      author: { name: '하늘', url: `${origin}/m/${encodeURIComponent('하늘')}` },
      commentCount: 3,
      interactionStatistic: [
        { interactionType: { '@type': 'LikeAction' }, userInteractionCount: 1 },
        { interactionType: { '@type': 'CommentAction' }, userInteractionCount: 3 },
        { interactionType: { '@type': 'ViewAction' } },
      ],
      comment: [{ text: 'First', comment: [{ text: 'Below', comment: [{ text: 'Deepest' }] }] }],
    })
    expect(find(things, 'BreadcrumbList')).toMatchObject({
      itemListElement: [
        { position: 1 },
        { position: 2, name: '이야기 "마당"' },
        { position: 3, name: '가을 산책' },
      ],
    })
  })

  test('leaves out what was deleted and keeps what answers it', async () => {
    const post = await discussion()
    await asker.api('DELETE', `/comments/${post.second}`)
    const { body } = await page(post.url)
    const told = find(thingsIn(body), 'DiscussionForumPosting')
    expect(told['comment']).toMatchObject([{ text: 'First', comment: [{ text: 'Deepest' }] }])
    expect(JSON.stringify(told)).not.toContain('Below')
    await asker.api('DELETE', `/posts/${post.id}`)
    const gone = await page(post.url)
    expect(gone.statusCode).toBe(410)
    expect(thingsIn(gone.body)).toEqual([])
    expect(gone.body).toContain('<meta name="robots" content="noindex">')
  })

  test('is told to nobody where guests may not read, and not to members, who are no search engine', async () => {
    const hidden = await site.board({ slug: 'inner', readBy: 'members' })
    const post = await site.post(asker, hidden, { title: 'Inside' })
    const own = await asker.page(`/p/${post.id}/inside`)
    expect(own.body).toContain('<meta name="robots" content="noindex">')
    expect(own.body).not.toMatch(/ld\+json|og:title|oembed|hreflang/)
    const open = await discussion()
    const read = await asker.page(open.url)
    for (const tag of ['og:title', 'twitter:card']) expect(read.body).not.toContain(tag)
    expect(read.body).toContain('rel="canonical"')
    expect(thingsIn(read.body)).toEqual([])
  })
})

describe('a question', () => {
  test('is told with the accepted answer apart from the others, and remarks on itself', async () => {
    const post = await site.post(asker, { slug: 'ask' } as never, { title: 'How?', kind: 'question' })
    const url = `/p/${post.id}/how`
    const open = thingsIn((await page(url)).body)
    expect(open.flatMap(problemsOf)).toEqual([])
    expect(find(open, 'QAPage')['mainEntity']).toMatchObject({ answerCount: 0 })
    const first = await comment(helper, post.id, { body: 'With hands:\n\n```js\nconst one = hand()\n```\n' })
    const best = await comment(helper, post.id, { body: 'With a net' })
    await comment(asker, post.id, { body: 'Thanks', parent: best })
    await comment(asker, post.id, { body: 'Which one?', remark: true })
    await asker.api('PUT', `/comments/${first}/vote`, { value: 1 })
    await asker.api('PUT', `/posts/${post.id}/accepted`, { comment: best })
    const things = thingsIn((await page(url)).body)
    expect(things.flatMap(problemsOf)).toEqual([])
    expect(find(things, 'QAPage')['mainEntity']).toMatchObject({
      '@type': 'Question',
      name: 'How?',
      answerCount: 2,
      upvoteCount: 0,
      acceptedAnswer: { text: 'With a net', upvoteCount: 0, comment: [{ text: 'Thanks' }] },
      suggestedAnswer: [
        { text: 'With hands: const one = hand()', upvoteCount: 1, url: `${origin}${url}#c${first}` },
      ],
      comment: [{ text: 'Which one?' }],
    })
  })
})

describe('other pages', () => {
  test('home tells the site and how to search it, boards their trail, members who they are', async () => {
    const home = thingsIn((await page('/')).body)
    expect(home).toMatchObject([
      {
        '@type': 'WebSite',
        url: `${origin}/`,
        potentialAction: { target: { urlTemplate: `${origin}/search?q={search_term_string}` } },
      },
    ])
    const board = thingsIn((await page('/b/ask')).body)
    expect(board).toMatchObject([
      { itemListElement: [{}, { name: '이야기 "마당"' }, { item: `${origin}/b/ask` }] },
    ])
    const member = thingsIn((await page('/m/miro')).body)
    expect(member).toMatchObject([
      { '@type': 'ProfilePage', mainEntity: { '@type': 'Person', name: 'miro' } },
    ])
    expect([home, board, member].flat().flatMap(problemsOf)).toEqual([])
  })

  test('each has one address, whatever it was asked for by, and one for each language', async () => {
    const links = (body: string) => ({
      canonical: /rel="canonical" href="([^"]*)"/.exec(body)?.[1],
      languages: [...body.matchAll(/hreflang="([^"]*)" href="([^"]*)"/g)].map((m) => [m[1], m[2]]),
    })
    const bare = links((await site.guest.page('/b/talk?utm_source=x&sort=top&period=week')).body)
    expect(bare).toEqual({
      canonical: `${origin}/b/talk`,
      languages: [
        ['ko', `${origin}/b/talk?lang=ko`],
        ['en', `${origin}/b/talk?lang=en`],
        ['x-default', `${origin}/b/talk`],
      ],
    })
    const korean = await site.guest.page('/b/talk?lang=ko&utm_source=x')
    expect(korean.body).toContain('<html lang="ko"')
    expect(links(korean.body).canonical).toBe(`${origin}/b/talk?lang=ko`)
    expect(links(korean.body).languages).toEqual(bare.languages)
    for (let index = 0; index < 26; index++)
      await site.post(asker, { slug: 'talk' } as never, { title: 'Row' })
    const after = /after=([\w-]+)/.exec((await site.guest.page('/b/talk')).body)?.[1]
    const second = links((await site.guest.page(`/b/talk?after=${after}&fbclid=1`)).body)
    expect(second.canonical).toBe(`${origin}/b/talk?after=${after}`)
  })

  test('the way back from choosing a language is no address of another language', async () => {
    const { body } = await site.guest.page('/b/talk?lang=en&sort=top')
    expect(body).toContain('name="next" value="/b/talk?sort=top"')
  })

  test('carry what previews of links show', async () => {
    const post = await discussion()
    const { body } = await page(post.url, 'ko')
    const meta = (name: string) =>
      new RegExp(`<meta (?:property|name)="${name}" content="([^"]*)"`).exec(body)?.[1]
    expect(meta('og:title')).toBe('가을 산책')
    expect(meta('og:type')).toBe('article')
    expect(meta('og:locale')).toBe('ko_KR')
    expect(meta('og:url')).toBe(`${origin}${post.url}?lang=ko`)
    expect(meta('og:description')).toBe('글 하나')
    expect(meta('og:image')).toMatch(new RegExp(`^${origin}/pictures/post-${post.id}-[0-9a-f]{10}\\.png$`))
    expect(meta('twitter:card')).toBe('summary_large_image')
    expect(meta('article:published_time')).toMatch(/^2026-/)
  })

  test('hostile words stay words, in the data too', async () => {
    const title = `</script><script>alert(1)</script> "'&\u2028 שלום 👩‍👩‍👧`
    const post = await site.post(asker, { slug: 'talk' } as never, { title, body: `${title}\n<!-- ${title}` })
    await comment(helper, post.id, { body: title })
    const { headers } = await site.guest.page(`/p/${post.id}`)
    const { body } = await site.guest.page(String(headers.location))
    const told = find(thingsIn(body), 'DiscussionForumPosting')
    expect(told['headline']).toBe(post.title)
    expect(told['headline']).toContain('</script><script>alert(1)</script>')
    expect(body.match(/<script/g)?.length).toBe(2)
    expect(body).not.toMatch(/<script>|<!--|\u2028/)
  })

  test('a site that wants to be in no results says so everywhere', async () => {
    const admin = await site.member(undefined, 'administrator')
    await admin.api('PATCH', '/admin/settings', { searchable: false })
    const { body } = await site.guest.page('/b/talk')
    expect(body).toContain('<meta name="robots" content="noindex">')
    expect(body).not.toContain('hreflang')
    expect((await site.guest.page('/robots.txt')).body).toBe('User-agent: *\nDisallow: /\n')
    expect((await site.guest.page('/sitemap.xml')).statusCode).toBe(404)
    await admin.api('PATCH', '/admin/settings', { searchable: true })
    expect((await site.guest.page('/b/talk')).body).not.toContain('noindex')
  })
})
