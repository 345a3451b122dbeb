import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { countFrequencies } from './frequencies.ts'

type Item = {
  id: number
  title: string
  titleMarks: [number, number][]
  snippet: { text: string; marks: [number, number][] }
  comment: number | null
}
type Answer = {
  items: Item[]
  next: string | null
  found: number
  relaxed: boolean
  didYouMean: string | null
  notes: string[]
  facets: {
    boards: { slug: string; count: number }[]
    years: { year: number; count: number }[]
    months: { month: string; count: number }[]
  } | null
}

let site: TestApp
let author: Actor
const ids = new Map<string, number>()
beforeAll(async () => {
  site = await makeTestApp()
  author = await site.member('하늘')
  const talk = await site.board({ slug: 'talk', name: '자유 이야기' })
  const questions = await site.board({ slug: 'questions', name: 'Questions', kind: 'question' })
  const write = async (key: string, title: string, body: string, more: Record<string, unknown> = {}) => {
    const board = more['question'] ? questions : talk
    const { question: _, ...values } = more
    ids.set(key, (await site.post(author, board, { title, body, ...values })).id)
    site.clock.now = new Date(site.clock.now.getTime() + 60_000)
  }
  await write('school', '서울에 있는 대학교에서 만나요', '정문 앞에서 봅시다. 늦지 마세요.')
  await write('board', '자유 게시판을 어떻게 쓰나요', '처음 오신 분을 위한 **안내**입니다.')
  await write('cabbage', '텃밭에 심은 배추', '벌레가 생겨서 큰일입니다. 약 없이 잡는 방법이 있을까요?', {
    question: true,
    tags: ['텃밭', '벌레'],
  })
  await write('company', '회사 이야기', '점심에는 국수를 먹었습니다. 전체회의 길고양이들에게까지')
  await write(
    'english',
    'Communities that last',
    'Node.js runs the café. Prefix search finds communicating people, too.',
  )
  await write(
    'code',
    '코드 모음',
    '```js\nconst answer = 42\n```\n\n[설명서](https://example.org/secret-path)',
  )
})
afterAll(() => site[Symbol.asyncDispose]())

const ask = async (q: string, more = '', who: Pick<Actor, 'api'> = site.guest): Promise<Answer> => {
  const answer = await who.api('GET', `/search?q=${encodeURIComponent(q)}${more}`)
  expect([q.slice(0, 40), answer.statusCode]).toEqual([q.slice(0, 40), 200])
  return answer.json()
}
const idOf = (key: string) => ids.get(key) ?? 0
const found = async (q: string, more = '', who: Pick<Actor, 'api'> = site.guest) =>
  (await ask(q, more, who)).items.map((item) => item.id)

describe('Korean words', () => {
  test.each([
    ['two syllables inside a longer word with a particle', '대학', 'school'],
    ['one syllable at the beginning of a word', '배', 'cabbage'],
    ['one syllable at the end of a word', '추', 'cabbage'],
    ['asked with a particle, written with another', '배추를', 'cabbage'],
    ['with an ending that only looks like a particle', '회의', 'company'],
    ['with a particle that only looks like its ending', '고양이', 'company'],
    ['with several particles in a row', '고양이들', 'company'],
    ['asked together, written apart', '자유게시판', 'board'],
    ['in any order', '배추 텃밭', 'cabbage'],
    ['from the text', '정문', 'school'],
    ['sent decomposed (NFD)', '대학교'.normalize('NFD'), 'school'],
    ['by first consonants of a title', 'ㄷㅎ', 'school'],
    ['by more first consonants of a title', 'ㄷㅎㄱㅇㅅ', 'school'],
    ['by three first consonants from within a word of a title', 'ㄱㅇㅅ', 'school'],
    ['of a tag', '벌레', 'cabbage'],
  ])('are found: %s', async (_, q, key) => {
    expect(await found(q)).toContain(idOf(key))
  })

  test('are not found across the gap between two others', async () => {
    expect(await found('사이')).toEqual([])
    expect(await found('회사')).toEqual([idOf('company')])
  })
})

test('first consonants find words that begin so before those that hold them within', async () => {
  const board = await site.board({ slug: 'initials' })
  const [within, begins] = [
    await site.post(author, board, { title: '국가장학금 신청', body: '다음 주까지.' }),
    await site.post(author, board, { title: '장학금 면접 날', body: '다녀왔다.' }),
  ]
  await site.db.updateTable('posts').set({ votes: 9 }).where('id', '=', within.id).execute()
  expect(await found('ㅈㅎㄱ')).toEqual([begins.id, within.id])
  expect((await ask('ㅈㅎㄱ 신청')).items.map((item) => item.id)).toEqual([within.id])
})

describe('Latin words', () => {
  test('are found by their beginning, whatever their case and width', async () => {
    expect(await found('commun')).toEqual([idOf('english')])
    expect(await found('COMMUNITIES')).toEqual([idOf('english')])
    expect(await found('ｎｏｄｅ.ｊｓ')).toEqual([idOf('english')])
    expect(await found('cafe\u0301')).toEqual([idOf('english')])
  })

  test('of many are found by one, and the other way round; with signs before those without', async () => {
    const board = await site.board({ slug: 'latin' })
    const [one, many] = [
      await site.post(author, board, { title: 'A lantern', body: 'Paper.' }),
      await site.post(author, board, { title: 'Two lanterns', body: 'Paper.' }),
    ]
    expect(await found('lantern')).toEqual([one.id, many.id])
    expect(await found('lanterns')).toEqual([many.id, one.id])
    expect(await found('paper -lanterns')).toEqual([one.id])
    const [plain, signed] = [
      await site.post(author, board, { title: 'C C C', body: 'All about C, by C.' }),
      await site.post(author, board, {
        title: 'Notes',
        body: 'A long way from one language to another, at last C++.',
      }),
    ]
    expect(await found('C++')).toEqual([signed.id, plain.id])
    expect(await found('C')).toEqual([plain.id, signed.id])
    // A word as it was typed is no more than all the words.
    const rare = await site.post(author, board, { title: 'Glockenspiel', body: 'Played.' })
    const both = await found('C++ glockenspiel')
    expect(both.indexOf(rare.id)).toBeLessThan(both.indexOf(signed.id))
  })

  test('joined with others are found where those stand beside them, whatever is between', async () => {
    const board = await site.board({ slug: 'joined' })
    const body = '언어 폭력을 신고한 C 씨, 4월 1일 19시, 1과 1'
    const apart = await site.post(author, board, { title: '떨어진 말', body })
    const beside = await site.post(author, board, {
      title: '붙은 말',
      body: 'C 언어, 4·19와 1:1 (백신19-접종)',
    })
    for (const q of ['C언어', 'c-언어를', '4.19', '1:1', '백신 접종', '백신19접종', '백신19'])
      expect([q, await found(q)]).toEqual([q, [beside.id]])
    expect(await found('board:joined 말 -C언어')).toEqual([apart.id])
    expect(await found('board:joined C 언어')).toContain(apart.id)
  })

  test('are found with a Korean particle behind them', async () => {
    for (const q of ['prefix를', 'Node.js으로', '42입니다']) {
      const { relaxed, items } = await ask(q)
      expect([q, relaxed, items.length]).toEqual([q, false, 1])
    }
  })

  test('are not found by their middle, nor in addresses of links', async () => {
    expect(await found('munities')).toEqual([])
    expect(await found('example')).toEqual([])
    expect(await found('answer 42')).toEqual([idOf('code')])
  })
})

describe('operators', () => {
  test('phrases need their words side by side', async () => {
    expect(await found('"약 없이"')).toEqual([idOf('cabbage')])
    expect(await found('"없이 약"')).toEqual([])
  })
  test('minus takes away', async () => {
    expect(await found('이야기')).toContain(idOf('company'))
    expect(await found('이야기 -국수')).not.toContain(idOf('company'))
    // Only a word that ends like one with a particle: 고양 alone is another.
    expect(await found('전체회의 -고양이')).toEqual([])
    expect(await found('전체회의 -길고양아')).toEqual([idOf('company')])
  })
  test('board, author, tag, dates and questions narrow', async () => {
    expect(await found('board:questions 벌레')).toEqual([idOf('cabbage')])
    expect(await found('board:talk 벌레')).toEqual([])
    expect(await found('벌레', '&board=talk')).toEqual([])
    expect(await found('author:하늘 대학')).toEqual([idOf('school')])
    expect(await found('author:nobody 대학')).toEqual([])
    expect(await found('tag:텃밭')).toEqual([idOf('cabbage')])
    expect(await found('tag:텃밭 벌레')).toEqual([idOf('cabbage')])
    expect(await found('is:question')).toEqual([idOf('cabbage')])
    expect(await found('is:solved')).toEqual([])
    expect(await found('before:2026 대학')).toEqual([])
    expect(await found('after:2026-11-21 대학')).toEqual([idOf('school')])
    expect(await found('게시판:questions 질문:')).toEqual([])
  })
  test('find a tag of very many posts as well as a rare one', async () => {
    const count = (posts: number) =>
      sql`update tags set posts = posts + ${posts} where name = '텃밭'`.execute(site.db)
    await count(1_000_000)
    expect(await found('tag:텃밭')).toEqual([idOf('cabbage')])
    expect(await found('tag:텃밭 벌레')).toEqual([idOf('cabbage')])
    await count(-1_000_000)
  })
  test('with a minus leave out what they would find', async () => {
    expect(await found('배추')).toEqual([idOf('cabbage')])
    for (const q of [
      '-board:questions',
      '-author:하늘',
      '-tag:텃밭',
      '-is:question',
      '-after:2020',
      '-게시판:Questions',
    ])
      for (const sort of ['', '&sort=latest']) expect([q, await found(`${q} 배추`, sort)]).toEqual([q, []])
    for (const q of [
      '-board:talk',
      '-author:nobody',
      '-tag:other',
      '-is:solved',
      '-before:2020',
      '-board:nowhere',
    ])
      for (const sort of ['', '&sort=latest'])
        expect([q, await found(`배추 ${q}`, sort)]).toEqual([q, [idOf('cabbage')]])
    expect(await found('is:question -is:solved')).toEqual([idOf('cabbage')])
    expect([await found('is:unsolved'), await found('is:미해결 배추')]).toEqual([
      [idOf('cabbage')],
      [idOf('cabbage')],
    ])
    expect((await ask('-is:unsolved 배추')).notes).toEqual(['bad-is'])
    expect((await ask('-tag:텃밭')).notes).toEqual(['only-minus'])
  })
  test('are answered by both orders, to guests and members, of words and without any', async () => {
    const many = [
      '',
      'board:questions',
      'author:하늘',
      'tag:텃밭',
      'before:2030',
      'after:2020',
      'is:question',
    ]
    for (const who of [site.guest, author])
      for (const operator of [...many, '-author:nobody', '-tag:x', '-is:solved'])
        for (const sort of ['relevance', 'latest']) {
          const items = await found(`${operator} 배추`, `&sort=${sort}`, who)
          expect([operator, sort, items]).toEqual([operator, sort, [idOf('cabbage')]])
          await ask(operator, `&sort=${sort}`, who)
        }
  })
  test('of a name that every object has are words', async () => {
    expect((await ask('constructor:zebra')).notes).toEqual([])
    expect((await ask('is:constructor 배추')).notes).toEqual(['bad-is'])
  })
})

describe('answers', () => {
  test('mark the words in title and text, as plain text', async () => {
    const [item] = (await ask('벌레')).items
    const { text = '', marks = [] } = item?.snippet ?? {}
    expect(marks.map(([from, to]) => text.slice(from, to))).toEqual(['벌레'])
    const [board] = (await ask('안내')).items
    expect(board?.snippet.text).toBe('처음 오신 분을 위한 안내입니다.')
    const [school] = (await ask('대학교')).items
    expect(school?.titleMarks.map(([from, to]) => school.title.slice(from, to))).toEqual(['대학교'])
    const [byInitials] = (await ask('ㄷㅎ')).items
    expect(byInitials?.titleMarks.map(([from, to]) => byInitials.title.slice(from, to))).toEqual(['대학'])
  })

  test('lead from a comment to its post, follow edits, and forget what was deleted', async () => {
    const url = `/posts/${idOf('school')}`
    const comment = (await author.api('POST', `${url}/comments`, { body: '도시락을 가져갈게요' })).json()
    expect((await ask('도시락')).items).toMatchObject([{ id: idOf('school'), comment: comment.id }])
    await author.api('PATCH', `/comments/${comment.id}`, { body: '김밥을 가져갈게요' })
    expect(await found('도시락')).toEqual([])
    expect(await found('김밥')).toEqual([idOf('school')])
    await author.api('DELETE', `/comments/${comment.id}`)
    expect(await found('김밥')).toEqual([])
    await author.api('PATCH', url, { body: '후문 앞에서 봅시다.' })
    expect([await found('정문'), await found('후문')]).toEqual([[], [idOf('school')]])
    await author.api('DELETE', url)
    expect(await found('후문')).toEqual([])
    await author.api('PUT', `${url}/restored`)
    expect(await found('후문')).toEqual([idOf('school')])
  })

  test('say what else was meant when the keyboard stood on the other language', async () => {
    expect((await ask('qocn')).didYouMean).toBe('배추')
    expect((await ask('채ㅡㅡㅕㅜ')).didYouMean).toBe('commun')
    expect((await ask('배추')).didYouMean).toBe(null)
    expect((await ask('xyz')).didYouMean).toBe(null)
    // One word of several, beside an operator and a sign, and with the lock of the capitals.
    expect((await ask('qocn 벌레')).didYouMean).toBe('배추 벌레')
    expect((await ask('board:questions qocn?')).didYouMean).toBe('board:questions 배추?')
    expect((await ask('QOCN')).didYouMean).toBe('배추')
    expect((await ask('Qocn')).didYouMean).toBe('배추')
    // Three capitals are a name sooner than a syllable.
    await site.post(author, await site.board(), { title: '헷갈려요' })
    expect([(await ask('GPT')).didYouMean, (await ask('gpt')).didYouMean]).toEqual([null, '헷'])
    // Letters that make no Korean at all.
    for (const q of ['how', 'hockey', 'onjt photos', 'unleash'])
      expect([q, (await ask(q)).didYouMean]).toEqual([q, null])
  })

  test('count boards, years and months of what was found', async () => {
    const { facets } = await ask('이야기')
    expect(facets?.boards).toEqual([{ slug: 'talk', name: '자유 이야기', count: 1 }])
    expect(facets?.years).toEqual([{ year: 2026, count: 1 }])
    expect(facets?.months).toEqual([{ month: '2026-11', count: 1 }])
  })

  test('to long questions hold most of the words where no post has all', async () => {
    const answer = await ask('배추 농사를 지을 때 벌레를 없애는 방법은 무엇인가요')
    expect(answer.relaxed).toBe(true)
    expect(answer.items[0]?.id).toBe(idOf('cabbage'))
  })

  test('to two words hold one of them, however often, behind the few that have both', async () => {
    const board = await site.board()
    const often = await site.post(author, board, {
      title: '감자 감자 감자',
      body: '감자 감자 감자 감자 감자',
    })
    await countFrequencies(site.db, { now: site.clock.now })
    const [both, first, second] = [
      await site.post(author, board, { title: '여름 감자', body: '캤다.' }),
      await site.post(author, board, { title: '여름 바다', body: '갔다.' }),
      await site.post(author, board, { title: '감자 볶음', body: '먹었다.' }),
    ]
    const answer = await ask('감자 여름')
    expect(answer.relaxed).toBe(true)
    const [best, ...rest] = answer.items.map((item) => item.id)
    expect(best).toBe(both.id)
    expect(new Set(rest)).toEqual(new Set([first.id, second.id, often.id]))
    // First consonants are worth little, and are no less of what was asked.
    expect((await found('ㅇㄹ 감자'))[0]).toBe(both.id)
  })
})

describe('odd questions', () => {
  test.each([
    ['', 'nothing'],
    ['   ', 'nothing'],
    ['!?!… ,,', 'nothing'],
    ['🎉🎉', 'nothing'],
    ['-배추', 'only-minus'],
    ['"배추', 'unbalanced'],
    ['"', 'unbalanced'],
    ['before:2026-13-40 배추', 'bad-date'],
    ['is:nonsense 배추', 'bad-is'],
    ['board: 배추', 'no-value'],
    ['board:nowhere 배추', 'no-name'],
    ['글쓴이:아무도 배추', 'no-name'],
    ['board: author: tag: before: is:', 'nothing'],
    ['-태그:""', 'no-value'],
    ['\u0000\u0007\u202e', 'nothing'],
    ["'; drop table posts; --", null],
    ["배추' & \\ | ! ( :*", null],
    [':::', 'nothing'],
  ])('%j get an answer and a word about it', async (q, note) => {
    const answer = await ask(q)
    if (note) expect(answer.notes).toContain(note)
  })

  test('of ten thousand characters are cut', async () => {
    expect((await ask('word '.repeat(2000))).notes).toContain('shortened')
    expect((await ask('가나다 '.repeat(300))).notes).toContain('shortened')
  })
})

describe('a search that takes too long', () => {
  test('ends after two seconds with a word about it, and leaves the others alone', async () => {
    const rival = await site.db.startTransaction().execute()
    try {
      // Nobody can read the table meanwhile: the longest search there is.
      await sql`lock table search_posts in access exclusive mode`.execute(rival)
      const page = site.guest.page(`/search?q=${encodeURIComponent('배추')}`)
      const answer = await ask('배추')
      expect([answer.items, answer.notes]).toEqual([[], ['too-slow']])
      const { statusCode, body } = await page
      expect([statusCode, body.includes('took too long')]).toEqual([200, true])
    } finally {
      await rival.rollback().execute()
    }
    expect((await ask('배추')).notes).toEqual([])
  })

  test('does not come of fifty at once', async () => {
    const questions = Array.from(
      { length: 50 },
      (_, n) => ['배추', '추', '자유 게시판', 'commun', 'ㄷㅎ'][n % 5],
    )
    const answers = await Promise.all(questions.map((q) => ask(q ?? '')))
    expect(answers.map((answer) => answer.items.length > 0)).toEqual(questions.map(() => true))
    expect(answers.flatMap((answer) => answer.notes)).toEqual([])
  })
})

describe('pages of results', () => {
  test('come whole, in order, without doubles, by both orders and without a word', async () => {
    const board = await site.board({ slug: 'many' })
    for (let n = 0; n < 23; n++) {
      site.clock.now = new Date(site.clock.now.getTime() + 60_000)
      await site.post(author, board, { title: `나무 ${n}`, body: `숲에 나무가 ${'많다 '.repeat(n % 5)}` })
    }
    await countFrequencies(site.db, { now: site.clock.now })
    for (const [q, sort] of [
      ['나무', 'relevance'],
      ['나무', 'latest'],
      ['', 'relevance'],
    ] as const) {
      const seen: number[] = []
      let next: string | null = ''
      for (let page = 0; next !== null && page < 9; page++) {
        const answer: Answer = await ask(q, `&sort=${sort}&limit=5&board=many${next && `&after=${next}`}`)
        seen.push(...answer.items.map((item) => item.id))
        next = answer.next
      }
      expect(new Set(seen).size).toBe(23)
      expect(seen.length).toBe(23)
      if (sort === 'latest') expect(seen).toEqual(seen.toSorted((one, two) => two - one))
    }
  })

  test('refuse a cursor that is none', async () => {
    const answer = await site.guest.api('GET', '/search?q=a&after=zzz')
    expect(answer.statusCode).toBe(400)
  })

  test('refuse a cursor of the other order', async () => {
    const { next } = await ask('나무', '&sort=latest&limit=5&board=many')
    const answer = await site.guest.api('GET', `/search?q=${encodeURIComponent('나무')}&after=${next}`)
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'bad-cursor'])
  })
})
