import { expect, test } from 'vitest'
import { makeTestDatabase } from '#test/support/database.ts'
import { ask, openDatabase } from './database.ts'

test('a database that is left has no connection open, whatever it was asked through', async () => {
  await using given = await makeTestDatabase()
  const { url } = given
  for (const question of ['none', 'plain', 'kysely'] as const) {
    const database = openDatabase({ url, size: 4 })
    if (question === 'plain') await ask(database.db, 'select 1', [])
    if (question === 'kysely') await database.db.selectFrom('members').select('id').execute()
    await database[Symbol.asyncDispose]()
    expect([question, database.pool.ended, database.pool.totalCount]).toEqual([question, true, 0])
  }
})

test('an instant is read as the moment it is, whatever its form', async () => {
  await using given = await makeTestDatabase()
  await using database = openDatabase({ url: given.url, size: 4 })
  const moments = [
    '2026-11-22T05:03:04.678Z',
    '2026-11-22T05:03:04.600Z',
    '2026-11-22T05:03:04.060Z',
    '2026-02-28T23:59:59.999Z',
    '1969-12-31T23:59:59.001Z',
    '0099-03-01T00:00:00.000Z',
  ]
  const rows = await ask<{ at: Date }>(
    database.db,
    'select x::timestamptz(3) as at from unnest($1::text[]) with ordinality t (x, n) order by n',
    [moments],
  )
  expect(rows.map(({ at }) => at.toISOString())).toEqual(moments)
})
