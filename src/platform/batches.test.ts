import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeTestDatabase, type TestDatabase } from '#test/support/database.ts'
import { QueryCounter } from '#test/support/queries.ts'
import { Batches, type BatchRules } from './batches.ts'
import { ask, type Db, transact } from './database.ts'

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await makeTestDatabase()
  db = database.db
  await ask(db, 'create table things (id uuid primary key)', [])
})
afterAll(() => database[Symbol.asyncDispose]())

/** So many turns of the event loop that whatever may begin has begun. */
async function turns(count = 10): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn()
}

type Rules = Omit<BatchRules<string, string>, 'run'>

/** Batches of names that answer each in capitals, and end when they are told to. */
function workshop(rules: Rules) {
  const begun: string[][] = []
  const ends: (() => void)[] = []
  const run = async (_db: Db, names: readonly string[]) => {
    begun.push([...names])
    await new Promise<void>((resolve) => ends.push(resolve))
    return names.map((name) => name.toUpperCase())
  }
  const batches = new Batches<string, string>({ ...rules, run })
  const add = (...names: string[]) => Promise.all(names.map((name) => batches.add(db, name)))
  /** Ends the batch that began as the `place`th, and lets others begin. */
  const end = async (place: number) => {
    ends[place]?.()
    await turns()
  }
  return { begun, add, end }
}

/** Batches that take a few turns each, by their place, and look at what runs beside them. */
function observed(rules: Rules) {
  const seen = {
    batches: [] as string[][],
    now: [] as (readonly string[])[],
    most: 0,
    beside: [] as string[],
  }
  const run = async (_db: Db, names: readonly string[]) => {
    const keys = new Set(names.map(keyOf))
    seen.beside.push(...seen.now.flat().filter((name) => keys.has(keyOf(name))))
    seen.batches.push([...names])
    seen.now.push(names)
    seen.most = Math.max(seen.most, seen.now.length)
    await turns((seen.batches.length * 7) % 5)
    seen.now.splice(seen.now.indexOf(names), 1)
    return names
  }
  return { seen, batches: new Batches<string, string>({ ...rules, run }) }
}

/** Of `a1` it is `a`. */
const keyOf = (name: string) => name.slice(0, 1)

describe('what comes', () => {
  test('in the same moment goes together, and each is given its own answer', async () => {
    const { begun, add, end } = workshop({ size: 10, atOnce: 1 })
    const answers = add('a', 'b', 'c')
    await turns()
    expect(begun).toEqual([['a', 'b', 'c']])
    await end(0)
    expect(await answers).toEqual(['A', 'B', 'C'])
  })

  test('while one is under way goes together after it', async () => {
    const { begun, add, end } = workshop({ size: 10, atOnce: 1 })
    const answers = [add('a')]
    await turns()
    for (const name of ['b', 'c', 'd']) {
      answers.push(add(name))
      await turns()
    }
    expect(begun).toEqual([['a']])
    await end(0)
    expect(begun).toEqual([['a'], ['b', 'c', 'd']])
    await end(1)
    expect((await Promise.all(answers)).flat()).toEqual(['A', 'B', 'C', 'D'])
  })

  test('alone waits for nobody', async () => {
    const { begun, add, end } = workshop({ size: 10, atOnce: 2 })
    const long = add('a')
    await turns()
    const short = add('b')
    await turns()
    expect(begun).toEqual([['a'], ['b']])
    await end(1)
    expect(await short).toEqual(['B'])
    await end(0)
    expect(await long).toEqual(['A'])
  })

  test('after a rest begins again', async () => {
    const { begun, add, end } = workshop({ size: 10, atOnce: 1 })
    for (const [place, name] of ['a', 'b', 'c'].entries()) {
      const answer = add(name)
      await turns()
      await end(place)
      expect(await answer).toEqual([name.toUpperCase()])
    }
    expect(begun).toEqual([['a'], ['b'], ['c']])
  })

  test('is never more than goes in a batch, in no more batches than run at once, in the order given', async () => {
    const { seen, batches } = observed({ size: 4, atOnce: 2 })
    const names = Array.from({ length: 30 }, (_, place) => String(place))
    expect(await Promise.all(names.map((name) => batches.add(db, name)))).toEqual(names)
    expect(seen.batches.map(({ length }) => length)).toEqual([4, 4, 4, 4, 4, 4, 4, 2])
    expect([seen.batches.flat(), seen.most]).toEqual([names, 2])
  })
})

describe('entries of one key', () => {
  test('wait while a batch has one of them, and others pass them', async () => {
    const { begun, add, end } = workshop({ size: 10, atOnce: 3, keyOf })
    const answers = [add('a1')]
    await turns()
    answers.push(add('a2', 'b1', 'a3'))
    await turns()
    expect(begun).toEqual([['a1'], ['b1']])
    await end(1)
    expect(begun).toHaveLength(2)
    await end(0)
    expect(begun).toEqual([['a1'], ['b1'], ['a2', 'a3']])
    await end(2)
    expect((await Promise.all(answers)).flat()).toEqual(['A1', 'A2', 'B1', 'A3'])
  })

  test('go together when they come together, unless a batch may have each once only', async () => {
    const together = workshop({ size: 10, atOnce: 1, keyOf })
    const once = workshop({ size: 10, atOnce: 3, keyOf, once: true })
    const answers = [together, once].map(({ add }) => add('a1', 'a2', 'b1', 'a3'))
    await turns()
    await together.end(0)
    for (const place of [0, 1, 2]) await once.end(place)
    expect(together.begun).toEqual([['a1', 'a2', 'b1', 'a3']])
    expect(once.begun).toEqual([['a1', 'b1'], ['a2'], ['a3']])
    for (const answer of answers) expect(await answer).toEqual(['A1', 'A2', 'B1', 'A3'])
  })

  test.each([false, true])(
    'are never in two batches at once and keep their order (once: %s)',
    async (once) => {
      const { seen, batches } = observed({ size: 3, atOnce: 3, keyOf, once })
      const names = Array.from({ length: 90 }, (_, place) => `${'aabcadbeac'[place % 10]}${place}`)
      const answers: Promise<string>[] = []
      for (const [place, name] of names.entries()) {
        answers.push(batches.add(db, name))
        if (place % 4 === 0) await turns(1)
      }
      expect(await Promise.all(answers)).toEqual(names)
      expect(seen.beside).toEqual([])
      for (const key of 'abcde') {
        const ofKey = (name: string) => keyOf(name) === key
        expect(seen.batches.flat().filter(ofKey)).toEqual(names.filter(ofKey))
      }
      const repeated = seen.batches.filter((batch) => new Set(batch.map(keyOf)).size < batch.length)
      expect([seen.most > 1, repeated.length > 0]).toEqual([true, !once])
    },
  )

  test('come again after one of them failed', async () => {
    let fails = true
    const run = async (_db: Db, names: readonly string[]) => {
      if (fails) throw new Error('away')
      return names
    }
    const batches = new Batches<string, string>({ run, size: 10, atOnce: 1, keyOf, once: true })
    await expect(batches.add(db, 'a1')).rejects.toThrow('away')
    fails = false
    expect(await batches.add(db, 'a2')).toBe('a2')
  })
})

/** Rows put in by one statement, and how many went into each. */
function shelf() {
  const tries: number[] = []
  const run = async (given: Db, ids: readonly string[]) => {
    tries.push(ids.length)
    await ask(given, 'insert into things select unnest($1::text[])::uuid', [ids])
    return ids
  }
  return { tries, batches: new Batches<string, string>({ run, size: 10, atOnce: 1 }) }
}

const idOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`

async function present(ids: readonly string[]): Promise<string[]> {
  const rows = await ask<{ id: string }>(db, 'select id from things where id::text = any($1) order by id', [
    ids,
  ])
  return rows.map(({ id }) => id)
}

describe('what the database refuses', () => {
  const taken = idOf(0)
  beforeAll(() => ask(db, 'insert into things values ($1)', [taken]))

  test.each([
    ['23505', taken, [1, 2, 3]],
    ['22P02', 'no uuid', [4, 5, 6]],
  ])(
    'is refused to the one who gave it, with its code %s; the others are done',
    async (code, wrong, numbers) => {
      const { tries, batches } = shelf()
      const [one = '', two = '', three = ''] = numbers.map(idOf)
      const settled = await Promise.allSettled([one, wrong, two, three].map((id) => batches.add(db, id)))
      expect(settled).toMatchObject([
        { status: 'fulfilled', value: one },
        { status: 'rejected', reason: { code } },
        { status: 'fulfilled', value: two },
        { status: 'fulfilled', value: three },
      ])
      expect(await present([one, two, three])).toEqual([one, two, three])
      expect(tries).toEqual([4, 1, 1, 1, 1])
    },
  )

  test('is not tried again when it came alone', async () => {
    const { tries, batches } = shelf()
    await expect(batches.add(db, taken)).rejects.toMatchObject({ code: '23505' })
    expect(tries).toEqual([1])
  })

  test('does not keep what comes next from its turn', async () => {
    const { tries, batches } = shelf()
    const refused = Promise.allSettled([taken, taken].map((id) => batches.add(db, id)))
    const [{ status } = {}] = await refused
    expect([status, await batches.add(db, idOf(7)), tries]).toEqual(['rejected', idOf(7), [2, 1, 1, 1]])
  })
})

describe('a failure that is of no entry', () => {
  test("is everybody's, and nothing is tried again: a lost connection", async () => {
    let runs = 0
    const run = async (given: Db, numbers: readonly number[]) => {
      if (++runs === 1) await ask(given, 'select pg_terminate_backend(pg_backend_pid())', [])
      return numbers
    }
    const batches = new Batches<number, number>({ run, size: 10, atOnce: 1 })
    const settled = await Promise.allSettled([1, 2, 3].map((number) => batches.add(db, number)))
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(runs).toBe(1)
    expect(await batches.add(db, 4)).toBe(4)
  })

  test.each([
    ['without a code', new Error('gone')],
    ['with one of the network', Object.assign(new Error('gone'), { code: 'ECONNREFUSED' })],
    ['of a full disk', Object.assign(new Error('gone'), { code: '53100' })],
    ['that is no error', null],
  ])("is everybody's, and nothing is tried again: one %s", async (_name, failure) => {
    let runs = 0
    const run = async () => {
      runs++
      throw failure
    }
    const batches = new Batches<number, number>({ run, size: 10, atOnce: 1 })
    const settled = await Promise.allSettled([1, 2, 3].map((number) => batches.add(db, number)))
    expect(settled).toEqual(Array.from({ length: 3 }, () => ({ status: 'rejected', reason: failure })))
    expect(runs).toBe(1)
  })
})

describe('a database', () => {
  const nameQuery = 'select current_database() as name'
  const nameOf = async (given: Db) => (await ask<{ name: string }>(given, nameQuery, []))[0]?.name ?? ''

  /** Answers in which database each was done, and with whom. */
  function places() {
    const run = async (given: Db, names: readonly string[]) => {
      const place = await nameOf(given)
      return names.map(() => ({ place, names }))
    }
    return new Batches<string, { place: string; names: readonly string[] }>({ run, size: 10, atOnce: 1 })
  }

  test('has batches of its own, though others are asked in the same moment', async () => {
    await using other = await makeTestDatabase()
    const batches = places()
    const answers = [db, other.db, db, other.db].map((given, place) => batches.add(given, String(place)))
    const [here, there] = await Promise.all([db, other.db].map(nameOf))
    expect(here).not.toBe(there)
    expect(await Promise.all(answers)).toEqual([
      { place: here, names: ['0', '2'] },
      { place: there, names: ['1', '3'] },
      { place: here, names: ['0', '2'] },
      { place: there, names: ['1', '3'] },
    ])
  })

  test('is the same through a plugin', async () => {
    const batches = places()
    const copy = db.withPlugin(new QueryCounter())
    const answers = await Promise.all([db, copy].map((given, place) => batches.add(given, String(place))))
    expect(answers.map(({ names }) => names)).toEqual([
      ['0', '1'],
      ['0', '1'],
    ])
  })
})

describe('in a transaction', () => {
  test('each is done there by itself, and waits for no batch', async () => {
    const runs: [Db, readonly string[]][] = []
    let end = () => {}
    const run = async (given: Db, names: readonly string[]) => {
      runs.push([given, names])
      if (!given.isTransaction) await new Promise<void>((resolve) => (end = resolve))
      return names
    }
    const batches = new Batches<string, string>({ run, size: 10, atOnce: 1, keyOf })
    const outside = batches.add(db, 'a1')
    await turns()
    await transact(db, async (tx) => {
      expect(await Promise.all(['a2', 'a3'].map((name) => batches.add(tx, name)))).toEqual(['a2', 'a3'])
      expect(runs).toEqual([
        [db, ['a1']],
        [tx, ['a2']],
        [tx, ['a3']],
      ])
      expect(runs.map(([given]) => given === tx)).toEqual([false, true, true])
    })
    end()
    expect(await outside).toBe('a1')
  })

  test('it is undone with the transaction', async () => {
    const { batches } = shelf()
    const work = transact(db, async (tx) => {
      await batches.add(tx, idOf(8))
      throw new Error('changed my mind')
    })
    await expect(work).rejects.toThrow('changed my mind')
    expect(await present([idOf(8)])).toEqual([])
  })
})
