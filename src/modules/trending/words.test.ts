import { describe, expect, test } from 'vitest'
import { keyness } from './formula.ts'
import { keywordsOf, WordTrends, type WrittenText } from './words.ts'

const now = new Date('2026-11-21T03:00:00Z')
const hours = (count: number) => new Date(now.getTime() - count * 3_600_000)
const text = (words: string, authorId: number, at = hours(0.1), share = 1): WrittenText => ({
  text: words,
  authorId,
  at,
  share,
})

/** Newest first, as they are read. */
function trends(texts: WrittenText[]): WordTrends {
  const found = new WordTrends(now)
  for (const one of texts.toSorted((a, b) => b.at.getTime() - a.at.getTime())) found.add(one)
  return found
}
const words = (texts: WrittenText[], span: 'hour' | 'day' | 'week' = 'day') =>
  trends(texts)
    .of(span)
    .map((one) => one.word)

describe('keywords', () => {
  test('are words and neighbours without their particles', () => {
    expect([...keywordsOf('벚꽃 축제에서 만나요, 벚꽃은 예쁘다')]).toEqual(['벚꽃', '축제', '벚꽃 축제'])
    expect([...keywordsOf('PostgreSQL을 쓰는 서버를 고쳤다')]).toContain('postgresql')
    expect([...keywordsOf('ＮＦＤ 대학교'.normalize('NFD'))]).toEqual(['nfd', '대학교', 'nfd 대학교'])
  })

  test('are not what says nothing: stop words, predicates, numbers, single syllables', () => {
    expect([...keywordsOf('그리고 정말 좋은 것 같습니다 2026 the and 나 물')]).toEqual([])
    expect([...keywordsOf('ㅋㅋㅋㅋ 벚꽃ㅋㅋ ㅠㅠ 축제에서ㅎㅎ')]).toEqual(['벚꽃', '축제'])
    expect([...keywordsOf('경제적인 개선되어 고통받고 것인데 체계적으로')]).toEqual([])
    expect([...keywordsOf('목적')]).toEqual(['목적'])
    expect([...keywordsOf('문을 달에 물은 가을 마을')]).toEqual(['가을', '마을', '가을 마을'])
  })

  test('do not join over points and lines', () => {
    expect(keywordsOf('벚꽃. 축제')).not.toContain('벚꽃 축제')
    expect(keywordsOf('벚꽃\n축제')).not.toContain('벚꽃 축제')
    expect([...keywordsOf('벚꽃 https://blog.naver.com/PostList.nhn?blogId=x 축제 WWW.youtube.com')]).toEqual(
      ['벚꽃', '축제'],
    )
  })
})

// By hand: 2 (a ln(a (A+B') / (A (a+b))) + b ln(b (A+B') / (B' (a+b)))), B' = B + 10.
const golden: [Parameters<typeof keyness>[0], number][] = [
  [{ now: 3, allNow: 3, before: 0, allBefore: 0 }, 8.798_022_41],
  [{ now: 10, allNow: 100, before: 10, allBefore: 990 }, 22.138_221_83],
  [{ now: 1, allNow: 100, before: 10, allBefore: 990 }, 0],
  [{ now: 5, allNow: 50, before: 100, allBefore: 990 }, 0],
  [{ now: 0, allNow: 50, before: 0, allBefore: 990 }, 0],
]

describe('the keyness', () => {
  test.each(golden)('of %o is %f', (given, expected) => {
    expect(keyness(given)).toBeCloseTo(expected, 6)
  })
})

describe('trending words', () => {
  test('are those that more authors write now than in the week before', () => {
    const before = Array.from({ length: 30 }, (_, n) => text('서버 이야기 점검', 100 + n, hours(30 + n)))
    const today = [1, 2, 3, 4].flatMap((id) => [
      text('서버 이야기', id, hours(3)),
      text('벚꽃 소식', id + 4, hours(2)),
    ])
    const found = words([...before, ...today])
    expect(found[0]).toBe('벚꽃 소식')
    expect(found).not.toContain('서버')
    expect(found).not.toContain('점검')
  })

  test('count an author once, and are no words of one author', () => {
    const loud = Array.from({ length: 50 }, () => text('광고', 1))
    expect(words(loud)).toEqual([])
    const [row] = trends([...loud, text('광고', 2)]).of('hour')
    expect(row).toMatchObject({ word: '광고', people: 2, before: 0 })
  })

  test('of as many authors stand in the order of how many texts they are in', () => {
    const rare = [1, 2].map((id) => text('가을', id))
    const often = [1, 2, 1, 2, 1].map((id) => text('소풍길', id))
    expect(words([...rare, ...often])).toEqual(['소풍길', '가을'])
    expect(words([...often, ...rare, text('가을', 3)])).toEqual(['가을', '소풍길'])
  })

  test('of authors who are new weigh less', () => {
    const others = [5, 6, 7, 8].map((id) => text('오늘', id))
    const found = words([
      ...others,
      ...[1, 2].map((id) => text('벚꽃', id)),
      ...[3, 4].map((id) => text('광고', id, hours(0.1), 0.1)),
    ])
    expect(found).toEqual(['벚꽃', '광고'])
  })

  test('show a phrase instead of its words where most use the phrase, and the word where it stands for itself', () => {
    const phrase = [1, 2, 3].map((id) => text('벚꽃 축제', id))
    expect(words(phrase)).toEqual(['벚꽃 축제'])
    const alone = [4, 5, 6, 7, 8].map((id) => text('축제', id))
    expect(words([...phrase, ...alone])).toEqual(['축제', '벚꽃 축제'])
  })

  test('belong to the spans in which they were written', () => {
    const texts = [
      text('새벽', 1, hours(2)),
      text('새벽', 2, hours(3)),
      text('주말', 1, hours(50)),
      text('주말', 2, hours(50)),
    ]
    expect(words(texts, 'hour')).toEqual([])
    expect(words(texts, 'day')).toEqual(['새벽'])
    expect(words(texts, 'week').toSorted()).toEqual(['새벽', '주말'])
  })
})
