import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeTestDatabase, type TestDatabase } from '#test/support/database.ts'
import { ask, type Db, transact } from './database.ts'
import { gathered } from './gathered.ts'

let database: TestDatabase
let db: Db

/** Of owner 1 one thing, of 2 two, and so on to 9; every third has no name. */
const fill = `insert into things
  select o * 100 + n, o, case when n % 3 > 0 then 'name' || n end,
    timestamptz '2026-01-02 03:04:05.678Z' + (n * 7 % 4) * interval '36 hours', date '2026-03-01' + n::int
  from generate_series(1, 9) o, generate_series(1, o) n`

beforeAll(async () => {
  database = await makeTestDatabase()
  db = database.db
  await ask(
    db,
    'create table things (id bigint primary key, owner bigint, name text, at timestamptz, day date)',
    [],
  )
  await ask(db, fill, [])
})
afterAll(() => database[Symbol.asyncDispose]())

type Values = readonly unknown[]
type Thing = { id: number; owner: number; name: string | null; at: Date; day: Date }
const columns = 'id, owner, name, at, day'

/** What all get who ask in the same moment, who ask one after the other, and who ask without it. */
async function compare(question: { types: readonly string[]; text: string; values: readonly Values[] }) {
  const { types, text, values } = question
  const put = gathered<Thing>(types, text)
  const together = await Promise.all(values.map((one) => put(db, one)))
  const alone: Thing[][] = []
  const plain: Thing[][] = []
  for (const one of values) {
    alone.push(await put(db, one))
    plain.push(await ask<Thing>(db, text, one))
  }
  return { together, alone, plain }
}

describe('who ask in the same moment are answered as if each asked alone', () => {
  test('with several rows in their order, one, or none', async () => {
    const { together, alone, plain } = await compare({
      types: ['bigint', 'bigint'],
      text: `select ${columns} from things where owner = $1 order by at desc, id limit $2`,
      values: [9, 1, 77, 5, 0, 9, 3].map((owner, place) => [owner, 4 + place]),
    })
    expect(together.map(({ length }) => length)).toEqual([4, 1, 0, 5, 0, 9, 3])
    expect(new Set(together[0]?.map(({ at }) => at.getTime())).size).toBeGreaterThan(1)
    expect([together, alone]).toEqual([plain, plain])
  })

  test('when they are more than one statement takes', async () => {
    const { together, plain } = await compare({
      types: ['bigint'],
      text: `select ${columns} from things where owner = $1 order by id desc`,
      values: Array.from({ length: 150 }, (_, place) => [place % 11]),
    })
    expect(together.flat()).toHaveLength(13 * 45 + 1 + 2 + 3 + 4 + 5 + 6)
    expect(together).toEqual(plain)
  })

  test('with lists of numbers and of words', async () => {
    const { together, alone, plain } = await compare({
      types: ['bigint[]', 'text[]'],
      text: `select ${columns} from things where id = any($1) or name = any($2) order by id`,
      values: [
        [[101, 909, 303], ['name1']],
        [[], ['name2', 'name4']],
        [[Number.MAX_SAFE_INTEGER], []],
        [[], []],
        [null, ['name8']],
        [[202], null],
      ],
    })
    expect(together.map(({ length }) => length)).toEqual([11, 14, 0, 0, 2, 1])
    expect([together, alone]).toEqual([plain, plain])
  })

  test('with lists in the order in which they were given', async () => {
    const text = `select n from unnest($1::bigint[]) with ordinality as list (n, at) order by at`
    const question = gathered<{ n: number }>(['bigint[]'], text)
    const lists = [[3, 1, 2], [], [5], [9, 8, 9]]
    const answers = await Promise.all(lists.map((list) => question(db, [list])))
    expect(answers.map((rows) => rows.map(({ n }) => n))).toEqual(lists)
  })

  test('with columns of any name', async () => {
    const question = gathered<{ place: number }>(['bigint'], 'select $1::bigint as place')
    const answers = await Promise.all([7, 1, 2].map((number) => question(db, [number])))
    expect(answers).toEqual([[{ place: 7 }], [{ place: 1 }], [{ place: 2 }]])
  })

  test('with nulls, in what is asked and in what is answered', async () => {
    const { together, alone, plain } = await compare({
      types: ['bigint', 'text'],
      text: `select ${columns} from things where owner = $1 and name is not distinct from $2 order by id`,
      values: [
        [9, null],
        [9, 'name1'],
        [null, 'name1'],
        [2, null],
      ],
    })
    expect(together.map((rows) => rows.map(({ name }) => name))).toEqual([
      [null, null, null],
      ['name1'],
      [],
      [],
    ])
    expect([together, alone]).toEqual([plain, plain])
  })

  test('with words of any signs', async () => {
    const words = ['a,b', '{a}', '"', '\\', "'", ' ', '', 'NULL', 'null', '가나다', '$1', 'a\nb']
    const question = gathered<{ word: string }>(['text'], 'select $1::text as word')
    const answers = await Promise.all(words.map((word) => question(db, [word])))
    expect(answers.map((rows) => rows.map(({ word }) => word))).toEqual(words.map((word) => [word]))
  })

  test('with instants and days', async () => {
    const first = new Date('2026-01-02T03:04:05.678Z')
    const { together, alone, plain } = await compare({
      types: ['timestamptz', 'date'],
      text: `select ${columns} from things where at > $1 and day >= $2 order by id`,
      values: [
        [first, '2026-03-09'],
        [new Date(first.getTime() - 1), '2026-03-09'],
        [first, '2026-03-10'],
        [new Date('2026-01-03T15:04:05.677Z'), '2026-03-08'],
        [new Date('2026-01-03T15:04:05.678Z'), '2026-03-08'],
      ],
    })
    expect(together.map((rows) => rows.map(({ id }) => id))).toEqual([
      [909],
      [808, 908, 909],
      [909],
      [707, 807, 907, 909],
      [909],
    ])
    expect(together[0]?.[0]?.at).toEqual(new Date('2026-01-06T15:04:05.678Z'))
    expect([together, alone]).toEqual([plain, plain])
  })
})

describe('statements', () => {
  /** Every statement is a transaction of its own here, and has its number. */
  const text = 'select $1::bigint as asked, pg_current_xact_id()::text as statement'
  const question = gathered<{ asked: number; statement: string }>(['bigint'], text)

  test('are far fewer than the questions of one moment', async () => {
    const asked = Array.from({ length: 200 }, (_, place) => place)
    const answers = await Promise.all(asked.map((number) => question(db, [number])))
    expect(answers.map((rows) => rows.map((row) => row.asked))).toEqual(asked.map((number) => [number]))
    expect(new Set(answers.flat().map(({ statement }) => statement)).size).toBeLessThanOrEqual(10)
  })

  test('are few for lists too, of whatever lengths', async () => {
    const count = 'select cardinality($1::bigint[]) as asked, pg_current_xact_id()::text as statement'
    const counted = gathered<{ asked: number | null; statement: string }>(['bigint[]'], count)
    const lists = [[1, 2, 3], [], null, [4], [5, 6]]
    const answers = (await Promise.all(lists.map((list) => counted(db, [list])))).flat()
    expect(answers.map(({ asked }) => asked)).toEqual([3, 0, null, 1, 2])
    expect(new Set(answers.map(({ statement }) => statement)).size).toBe(1)
  })

  test('are as many as the questions that come one after the other', async () => {
    const statements = new Set<string>()
    for (const number of [1, 2, 3])
      for (const { statement } of await question(db, [number])) statements.add(statement)
    expect(statements.size).toBe(3)
  })

  test('do not mix two questions, nor two databases', async () => {
    await using other = await makeTestDatabase()
    const name = 'select $1::bigint as asked, current_database() as name'
    const where = gathered<{ asked: number; name: string }>(['bigint'], name)
    const negative = gathered<{ asked: number }>(['bigint'], 'select -$1::bigint as asked')
    const [here, there, minus] = await Promise.all([
      Promise.all([1, 2].map((number) => where(db, [number]))),
      Promise.all([3, 4].map((number) => where(other.db, [number]))),
      Promise.all([5, 6].map((number) => negative(db, [number]))),
    ])
    expect([here, there, minus].map((answers) => answers.flat().map(({ asked }) => asked))).toEqual([
      [1, 2],
      [3, 4],
      [-5, -6],
    ])
    expect(new Set([...here, ...there].flat().map((row) => row.name)).size).toBe(2)
  })
})

test('a question that the database refuses takes no other with it', async () => {
  const known = '00000000-0000-4000-8000-00000000000'
  const byId = gathered<{ id: string }>(['uuid'], 'select $1::uuid as id')
  const ids = [`${known}1`, 'no uuid', `${known}2`, '{"a,b']
  expect(await Promise.allSettled(ids.map((id) => byId(db, [id])))).toMatchObject([
    { status: 'fulfilled', value: [{ id: ids[0] }] },
    { status: 'rejected', reason: { code: '22P02' } },
    { status: 'fulfilled', value: [{ id: ids[2] }] },
    { status: 'rejected', reason: { code: '22P02' } },
  ])

  const parts = gathered<{ part: number }>(['bigint'], 'select 12 / $1::bigint as part')
  expect(await Promise.allSettled([3, 0, 4].map((number) => parts(db, [number])))).toMatchObject([
    { status: 'fulfilled', value: [{ part: 4 }] },
    { status: 'rejected', reason: { code: '22012' } },
    { status: 'fulfilled', value: [{ part: 3 }] },
  ])
})

test('in a transaction one sees what it wrote, and nobody else does', async () => {
  const byOwner = gathered<Thing>(['bigint'], `select ${columns} from things where owner = $1`)
  const ask3 = (given: Db) => Promise.all([50, 51, 52].map((owner) => byOwner(given, [owner])))
  const work = transact(db, async (tx) => {
    await ask(tx, 'insert into things (id, owner) values (5001, 50), (5101, 51)', [])
    const [inside, outside] = [await ask3(tx), await ask3(db)]
    expect(inside.map((rows) => rows.map(({ id }) => id))).toEqual([[5001], [5101], []])
    expect(outside).toEqual([[], [], []])
    throw new Error('changed my mind')
  })
  await expect(work).rejects.toThrow('changed my mind')
  expect(await ask3(db)).toEqual([[], [], []])
})

test('who asks after a write sees it, though others are being answered', async () => {
  const byOwner = gathered<Thing>(['bigint'], `select ${columns} from things where owner = $1`)
  const others = Array.from({ length: 300 }, (_, place) => byOwner(db, [place % 10]))
  await ask(db, 'insert into things (id, owner) values (6001, 60)', [])
  expect((await byOwner(db, [60])).map(({ id }) => id)).toEqual([6001])
  await Promise.all(others)
})
