import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ActKind, kinds, type Span, spanSeconds } from '#modules/acts/kinds.ts'
import type { Board } from '#modules/boards/shapes.ts'
import { ask } from '#platform/database.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { defaultWeights, scoreOf } from './formula.ts'
import { rankPosts, rankWords } from './ranking.ts'

let site: TestApp
let author: Actor
let board: Board
let admin: Actor
beforeAll(async () => {
  site = await makeTestApp()
  admin = await site.member(undefined, 'administrator')
  board = await site.board()
})
// Sessions end while tests travel.
beforeEach(async () => {
  author = await oldMember()
})
afterAll(() => site[Symbol.asyncDispose]())

/** Of long standing: their acts count whole. */
async function oldMember(role: 'member' | 'moderator' = 'member'): Promise<Actor> {
  const member = await site.member(undefined, role)
  await ask(site.db, `update members set created_at = created_at - interval '20 days' where id = $1`, [
    member.id,
  ])
  return member
}
const later = (seconds: number) => {
  site.clock.now = new Date(site.clock.now.getTime() + seconds * 1000)
}
type Item = {
  id: number
  rank: number
  score: number
  people: number
  exposure: number
  relativeExposure: number
}
async function trending(who: Pick<Actor, 'api'> = site.guest, span: Span = 'day'): Promise<Item[]> {
  await site.deps.acts.flush()
  await rankPosts(site.db, site.clock.now)
  const answer = await who.api('GET', `/trending?what=posts&window=${span}`)
  expect(answer.statusCode).toBe(200)
  expect(answer.json().next).toBeNull()
  return answer.json().items
}
const scoreIn = async (id: number, who: Pick<Actor, 'api'> = site.guest, span: Span = 'day') =>
  (await trending(who, span)).find((item) => item.id === id)?.score ?? 0

const read = (id: number, { address = '203.0.113.9', agent = 'Firefox', headers = {} } = {}) =>
  site.app.inject({
    url: `/p/${id}/a-post`,
    remoteAddress: address,
    headers: { 'user-agent': agent, host: 'madang.example', ...headers },
  })

// By hand: weight x share x (1 - age / span), summed.
const golden: [string, [ActKind, number, number][], Record<Span, number>][] = [
  ['nothing', [], { hour: 0, day: 0, week: 0 }],
  ['one view just now', [['view', 1, 0]], { hour: 1, day: 1, week: 1 }],
  ['one view half an hour ago', [['view', 1, 1800]], { hour: 0.5, day: 0.979_166_667, week: 0.997_023_81 }],
  ['a vote 12 hours ago', [['vote', 1, 43_200]], { hour: 0, day: 1.5, week: 2.785_714_286 }],
  ['an answer at the very end of the week', [['answer', 1, 604_800]], { hour: 0, day: 0, week: 0 }],
  [
    'a guest, a newcomer and a member',
    [
      ['view', 0.5, 0],
      ['comment', 0.1, 900],
      ['bookmark', 1, 21_600],
    ],
    // 0.5 + 0.4 x 0.75; 0.5 + 0.4 x 0.989583333 + 3 x 0.75; 0.5 + 0.4 x 0.998511905 + 3 x 0.964285714
    { hour: 0.8, day: 3.145_833_333, week: 3.792_261_905 },
  ],
]

describe('the score', () => {
  test.each(golden)('of %s is as computed by hand', (_, acts, expected) => {
    const given = acts.map(([kind, share, age]) => ({ kind, share, age }))
    for (const span of ['hour', 'day', 'week'] as const)
      expect(scoreOf(given, span, defaultWeights)).toBeCloseTo(expected[span], 8)
  })

  test.each(golden)('of %s is the same out of the database', async (_, acts, expected) => {
    const post = await site.post(author, board)
    for (const [index, [kind, share, age]] of acts.entries()) {
      await ask(
        site.db,
        `insert into acts (post_id, kind, person, at, day, weight) values ($1, $2, $3, $4, '2026-11-21', $5)`,
        [post.id, kinds[kind], 900_000 + index, new Date(site.clock.now.getTime() - age * 1000), share * 100],
      )
    }
    await rebuild()
    for (const span of ['hour', 'day', 'week'] as const)
      expect(await scoreIn(post.id, site.guest, span)).toBeCloseTo(expected[span], 3)
  })

  test('falls with time and is gone when the span is over', async () => {
    const post = await site.post(author, board)
    await (await oldMember()).api('PUT', `/posts/${post.id}/vote`, { value: 1 })
    expect(await scoreIn(post.id, site.guest, 'hour')).toBeCloseTo(3, 2)
    later(1800)
    expect(await scoreIn(post.id, site.guest, 'hour')).toBeCloseTo(1.5, 2)
    later(1801)
    expect(await scoreIn(post.id, site.guest, 'hour')).toBe(0)
    expect(await scoreIn(post.id, site.guest, 'week')).toBeGreaterThan(2.9)
    later(spanSeconds.week)
    expect(await scoreIn(post.id, site.guest, 'week')).toBe(0)
    const [row] = await ask<{ acts: number }>(site.db, 'select count(*)::int as acts from acts', [])
    expect(row?.acts).toBe(0)
  })
})

/** The sums as they follow from the acts, as a comparison. */
const sumsOfActs = (
  span: Span,
) => `select a.post_id, a.kind, count(*)::int as people, sum(a.weight)::int as weight,
  sum(a.weight * floor(date_part('epoch', a.at) - 1767225600)::bigint)::float8 as moment
  from acts a, act_expiry e where a.weight > 0 and a.at > e.${span}_until group by 1, 2 order by 1, 2`
const storedSums = (
  span: Span,
) => `select post_id, kind, ${span}_people as people, ${span}_weight::int as weight,
  ${span}_moment::float8 as moment from act_sums where ${span}_people > 0 order by 1, 2`

async function rebuild(): Promise<void> {
  await ask(site.db, 'delete from act_sums', [])
  await ask(
    site.db,
    `insert into act_sums select a.post_id, a.kind, count(*), sum(a.weight), sum(a.weight * s), count(*), sum(a.weight),
       sum(a.weight * s), count(*), sum(a.weight), sum(a.weight * s)
     from (select *, floor(date_part('epoch', at) - 1767225600)::bigint as s from acts) a where weight > 0 group by 1, 2`,
    [],
  )
  await ask(
    site.db,
    `update act_expiry set hour_until = 'epoch', day_until = 'epoch', week_until = 'epoch'`,
    [],
  )
}

describe('the sums behind it', () => {
  test('are those of the acts, whatever was written, taken back, repeated and expired', async () => {
    const posts = [
      await site.post(author, board),
      await site.post(author, board),
      await site.post(author, board),
    ]
    const people = await Promise.all([oldMember(), site.member(), oldMember()])
    for (let step = 0; step < 12; step++) {
      for (const [index, person] of people.entries()) {
        const post = posts[(step + index) % 3]
        await person.page(`/p/${post?.id}/a-post`)
        if (step % 2 === index % 2) await person.api('PUT', `/posts/${post?.id}/vote`, { value: 1 })
        else await person.api('DELETE', `/posts/${post?.id}/vote`)
        await person.api(step % 3 === 0 ? 'DELETE' : 'PUT', `/posts/${post?.id}/bookmark`)
      }
      await read(posts[0]?.id ?? 0, { address: `203.0.113.${step}` })
      await site.deps.acts.flush()
      later(step % 4 === 0 ? 90_000 : 1700)
      await rankPosts(site.db, site.clock.now)
      for (const span of ['hour', 'day', 'week'] as const)
        expect(await ask(site.db, storedSums(span), [])).toEqual(await ask(site.db, sumsOfActs(span), []))
    }
  })
})

describe('people', () => {
  test('count once for each kind and post, however often they act', async () => {
    const post = await site.post(author, board)
    const fan = await oldMember()
    for (let n = 0; n < 4; n++) {
      await fan.api('PUT', `/posts/${post.id}/vote`, { value: 1 })
      await fan.api('POST', `/posts/${post.id}/comments`, { body: `More ${n}` })
      await fan.page(`/p/${post.id}/a-post`)
      await site.deps.acts.flush()
    }
    expect(await scoreIn(post.id)).toBeCloseTo(3 + 4 + 1, 2)
  })

  test('of one address count once while they are guests or new, whatever browsers they use', async () => {
    const post = await site.post(author, board)
    for (const agent of ['Firefox', 'Safari', 'Chrome', 'Edge']) await read(post.id, { agent })
    expect(await scoreIn(post.id)).toBeCloseTo(0.5, 2)
    await site.deps.acts.flush()
    await read(post.id, { agent: 'Opera' })
    expect(await scoreIn(post.id)).toBeCloseTo(0.5, 2)
    // From elsewhere one more.
    await read(post.id, { address: '203.0.113.10' })
    expect(await scoreIn(post.id)).toBeCloseTo(1, 2)
  })

  test('who made ten accounts at one address count as one of them, and those of long standing each', async () => {
    const [post, other] = [await site.post(author, board), await site.post(author, board)]
    for (let n = 0; n < 10; n++)
      await (await site.member()).api('PUT', `/posts/${post.id}/vote`, { value: 1 })
    expect(await scoreIn(post.id)).toBeCloseTo(0.3, 2)
    for (let n = 0; n < 3; n++) await (await oldMember()).api('PUT', `/posts/${other.id}/vote`, { value: 1 })
    expect(await scoreIn(other.id)).toBeCloseTo(9, 2)
  })

  test('who are new weigh a tenth, growing to the whole in a week', async () => {
    const [first, second] = [await site.post(author, board), await site.post(author, board)]
    const newcomer = await site.member()
    await newcomer.api('PUT', `/posts/${first.id}/vote`, { value: 1 })
    expect(await scoreIn(first.id)).toBeCloseTo(0.3, 2)
    later(3.5 * 86_400)
    await newcomer.api('PUT', `/posts/${second.id}/vote`, { value: 1 })
    expect(await scoreIn(second.id)).toBeCloseTo(3 * 0.55, 1)
  })

  test('do not lift their own posts, signed in or out', async () => {
    const post = await site.post(author, board)
    await author.page(`/p/${post.id}/a-post`)
    await author.api('PUT', `/posts/${post.id}/vote`, { value: 1 })
    await author.api('PUT', `/posts/${post.id}/bookmark`)
    await author.api('POST', `/posts/${post.id}/comments`, { body: 'Up!' })
    await site.deps.acts.flush()
    await read(post.id, { address: '127.0.0.1' })
    expect(await scoreIn(post.id)).toBe(0)
  })

  test('count no more when they take it back, were against it, or are blocked', async () => {
    const contested = await site.board({ downvotes: true })
    const post = await site.post(author, contested)
    const [fan, critic, spammer] = [await oldMember(), await oldMember(), await oldMember()]
    await fan.api('PUT', `/posts/${post.id}/vote`, { value: 1 })
    expect(await scoreIn(post.id)).toBeCloseTo(3, 2)
    await fan.api('DELETE', `/posts/${post.id}/vote`)
    await critic.api('PUT', `/posts/${post.id}/vote`, { value: -1 })
    await ask(
      site.db,
      'insert into member_blocks (member_id, by_id, reason, created_at) values ($1, $2, $3, $4)',
      [spammer.id, admin.id, 'spam', site.clock.now],
    )
    await spammer.page(`/p/${post.id}/a-post`)
    expect(await scoreIn(post.id)).toBe(0)
  })

  test('weigh nothing any more past a thousand acts a day', async () => {
    const post = await site.post(author, board)
    const busy = await oldMember()
    await ask(
      site.db,
      `insert into act_totals (day, person, acts) values (($1::timestamptz at time zone 'Asia/Seoul')::date, $2, 1000)`,
      [site.clock.now, busy.id],
    )
    await busy.api('PUT', `/posts/${post.id}/vote`, { value: 1 })
    expect(await scoreIn(post.id)).toBe(0)
  })
})

describe('readers', () => {
  test('see posts and tags of the boards that are theirs to read, and no others count', async () => {
    const [members, staff] = [
      await site.board({ readBy: 'members' }),
      await site.board({ readBy: 'moderators' }),
    ]
    const moderator = await oldMember('moderator')
    const open = await site.post(author, board, { tags: ['levels'] })
    const closed = await site.post(author, members, { tags: ['levels', 'closed'] })
    const secret = await site.post(moderator, staff, { tags: ['levels', 'secret'] })
    const fan = await oldMember('moderator')
    for (const post of [open, closed, secret]) await fan.api('PUT', `/posts/${post.id}/vote`, { value: 1 })
    const ids = async (who: Pick<Actor, 'api'>) =>
      (await trending(who))
        .map((item) => item.id)
        .filter((id) => [open.id, closed.id, secret.id].includes(id))
    expect(await ids(site.guest)).toEqual([open.id])
    expect(await ids(author)).toEqual([closed.id, open.id])
    expect(await ids(moderator)).toEqual([secret.id, closed.id, open.id])
    const tags = async (who: Pick<Actor, 'api'>) => {
      const { items } = (await who.api('GET', '/trending?what=tags&window=day')).json()
      return items.filter((item: { tag: string }) => ['levels', 'closed', 'secret'].includes(item.tag))
    }
    expect(await tags(site.guest)).toMatchObject([
      { rank: expect.any(Number), tag: 'levels', posts: 1, people: 1 },
    ])
    // The author's two posts count once, by the better one.
    expect(await tags(author)).toMatchObject([
      { tag: 'closed', posts: 1 },
      { tag: 'levels', posts: 2, people: 1 },
    ])
    expect((await tags(moderator)).map((item: { tag: string }) => item.tag)).toEqual([
      'levels',
      'closed',
      'secret',
    ])
    await author.api('DELETE', `/posts/${open.id}`)
    expect(await ids(site.guest)).toEqual([])
  })

  test('do not see posts of those whom they keep away', async () => {
    const [loud, reader] = [await oldMember(), await oldMember()]
    const post = await site.post(loud, board)
    await (await oldMember()).api('PUT', `/posts/${post.id}/vote`, { value: 1 })
    expect((await trending(reader)).some((item) => item.id === post.id)).toBe(true)
    await ask(
      site.db,
      `insert into personal_blocks (member_id, other_id, kind, created_at) values ($1, $2, 'mute', $3)`,
      [reader.id, loud.id, site.clock.now],
    )
    expect((await trending(reader)).some((item) => item.id === post.id)).toBe(false)
    expect((await trending()).some((item) => item.id === post.id)).toBe(true)
  })

  test('get a new ranking when the last is older than ten seconds and was quick', async () => {
    const post = await site.post(author, board)
    await trending()
    await (await oldMember()).api('PUT', `/posts/${post.id}/vote`, { value: 1 })
    await site.deps.acts.flush()
    const shows = async () =>
      (await site.guest.api('GET', '/trending')).json().items.some((item: Item) => item.id === post.id)
    expect(await shows()).toBe(false)
    later(11)
    expect(await shows()).toBe(true)
  })

  test('are refused what is no span, no kind, or too many', async () => {
    for (const wrong of ['window=year', 'what=people', 'limit=101', 'limit=0'])
      expect((await site.guest.api('GET', `/trending?${wrong}`)).statusCode).toBe(422)
  })
})

describe('the exposure rate', () => {
  test('is the people of the four signals for each reader, and relative to the usual', async () => {
    await rankPosts(site.db, site.clock.now)
    later(spanSeconds.week * 2)
    const [known, quiet] = [await site.post(author, board), await site.post(author, board)]
    for (let n = 0; n < 10; n++) {
      // From elsewhere: a view and an arrival.
      await read(known.id, {
        address: `198.51.100.${n}`,
        headers: { referer: 'https://elsewhere.example/page' },
      })
      await read(quiet.id, { address: `198.51.100.${n}` })
    }
    // The site's own pages are not elsewhere; a shared address is.
    await read(known.id, { address: '198.51.100.50', headers: { referer: 'https://madang.example/' } })
    await site.app.inject({ url: `/p/${known.id}/a-post?ref=share`, remoteAddress: '198.51.100.51' })
    await (await oldMember()).api('PUT', `/posts/${known.id}/vote`, { value: 1 })
    const items = await trending()
    const [first, second] = [
      items.find((item) => item.id === known.id),
      items.find((item) => item.id === quiet.id),
    ]
    // 11 arrivals and a vote among 12 viewers and the 20 that every post is given.
    expect(first?.exposure).toBeCloseTo(12 / 32, 6)
    expect(second?.exposure).toBe(0)
    expect(first?.relativeExposure).toBeCloseTo(12 / 32 / (12 / 62), 6)
  })
})

describe('weights', () => {
  test('are settings of administrators, and hold from the next ranking on', async () => {
    const post = await site.post(author, board)
    await (await oldMember()).api('PUT', `/posts/${post.id}/vote`, { value: 1 })
    await ask(site.db, `insert into settings (name, value) values ('trending.vote', '20')`, [])
    expect(await scoreIn(post.id)).toBeCloseTo(20, 1)
    await ask(site.db, `delete from settings where name = 'trending.vote'`, [])
    expect(await scoreIn(post.id)).toBeCloseTo(3, 1)
  })
})

describe('words', () => {
  test('come from boards that everyone may read, for every reader', async () => {
    later(spanSeconds.week * 3)
    const hidden = await site.board({ readBy: 'members' })
    const writers = [await oldMember(), await oldMember(), await oldMember()]
    for (const writer of writers) {
      const post = await site.post(writer, board, {
        title: '벚꽃 축제에 갔다',
        body: '**불꽃놀이**도 보았다',
      })
      await writer.api('POST', `/posts/${post.id}/comments`, { body: '불꽃놀이가 멋지다' })
      await site.post(writer, hidden, { title: '비밀 계획', body: '비밀 계획' })
    }
    await rankWords(site.db, site.clock.now)
    for (const reader of [site.guest, author]) {
      const { items } = (await reader.api('GET', '/trending?what=words&window=hour')).json()
      expect(items.map((item: { word: string }) => item.word)).toEqual(['불꽃놀이', '벚꽃 축제'])
      expect(items[0]).toMatchObject({ rank: 1, people: 3, before: 0 })
    }
  })
})
