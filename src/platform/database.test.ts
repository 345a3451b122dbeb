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
