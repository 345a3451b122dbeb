import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeTestApp, type TestApp } from '#test/support/app.ts'
import { countFrequencies } from './frequencies.ts'
import { distance, lettersOf } from './spelling.ts'

describe('the distance of two words', () => {
  test.each([
    ['대학교', '대핵교', 1],
    ['장학금', '장학굼', 1],
    ['안녕', '안년', 1],
    ['과제', '고ㅏ제', 0],
    ['게시판', '개시판', 1],
    ['대학교', '도서관', 3],
    ['database', 'databse', 1],
    ['database', 'databaes', 1],
    ['database', 'daatbsae', 2],
    ['database', 'datbs', 3],
    ['', '', 0],
  ])('of %s and %s is %i letters', (one, two, apart) => {
    expect(distance(lettersOf(one), lettersOf(two), 2)).toBe(apart)
    expect(distance(lettersOf(two), lettersOf(one), 2)).toBe(apart)
  })
})

let site: TestApp
beforeAll(async () => {
  site = await makeTestApp()
  const author = await site.member('하늘')
  const board = await site.board({ slug: 'talk' })
  const titles = [
    '대학교 도서관 자리',
    '대학교에서 장학금을 받는 방법',
    '장학금 신청 기간',
    'Which database is the fastest',
    'Backups of a database',
    '대학로 나들이',
    '장학우 여럿과 장학우 하나',
    '장학우 모임',
    '장학우 소식',
    '사학법 개정',
  ]
  for (const title of titles) await site.post(author, board, { title, body: title })
  await countFrequencies(site.db, { now: site.clock.now })
})
afterAll(() => site[Symbol.asyncDispose]())

const meant = async (q: string, more = ''): Promise<string | null> =>
  (await site.guest.api('GET', `/search?q=${encodeURIComponent(q)}${more}`)).json().didYouMean

describe('a mistyped word', () => {
  test.each([
    ['대핵교', '대학교'],
    ['대핵교에서', '대학교에서'],
    ['장학굼', '장학금'],
    ['databse', 'database'],
    ['DATABSE', 'database'],
    ['dtaabase backups', 'database backups'],
    ['대핵교 장학굼', '대학교 장학금'],
    ['장학굼 -신청', '장학금 -신청'],
    ['board:talk 장학굼', 'board:talk 장학금'],
  ])('%s is offered as %s', async (q, right) => {
    expect(await meant(q)).toBe(right)
    expect(await meant(q, '&sort=latest')).toBe(right)
  })

  test('is only offered by the API; a page that found nothing shows what it would find, and says so', async () => {
    const answer = (await site.guest.api('GET', `/search?q=${encodeURIComponent('장학굼')}`)).json()
    expect(answer.items).toEqual([])
    const { body } = await site.guest.page(`/search?q=${encodeURIComponent('장학굼')}`)
    expect(body).toContain('Showing results for “장학금”; nothing was found for “장학굼”.')
    expect(body).toMatch(/<mark>장학금<\/mark>/)
  })
})

describe('nothing is offered', () => {
  test.each([
    ['for a word that finds enough', '대학교'],
    ['for what is like no word', '코끼리'],
    ['for two letters', 'ab'],
    ['for what would find nothing either', '장학굼 코끼리'],
    ['for what is excluded', '-장학굼'],
    ['for a phrase', '"장학굼"'],
    ['for three syllables that are two letters from others', '세탁법'],
    ['for numbers', '20261121'],
    ['for endless words', 'databse'.repeat(50)],
  ])('%s', async (_, q) => {
    expect(await meant(q)).toBe(null)
  })
})

test('what was deleted since the words were counted is not offered', async () => {
  const writer = await site.member()
  const post = await site.post(writer, await site.board(), { title: '나룻배', body: '나룻배' })
  await countFrequencies(site.db, { now: site.clock.now })
  expect(await meant('나룻베')).toBe('나룻배')
  await writer.api('DELETE', `/posts/${post.id}`)
  expect(await meant('나룻베')).toBe(null)
})

test('hostile questions of many near words are answered', async () => {
  const hostile = [
    '장학굼 '.repeat(2000),
    '대핵교'.repeat(2000),
    'databse '.repeat(1500),
    '%_\\대핵교',
    '🎉대핵교',
  ]
  for (const words of await Promise.all(hostile.map((q) => meant(q))))
    expect(words === null || typeof words === 'string').toBe(true)
}, 30_000)
