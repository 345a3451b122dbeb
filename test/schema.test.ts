import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { makeTestDatabase } from './support/database.ts'
import { describeSchema } from './support/schema.ts'

it('db/schema.sql and database-types.ts show what the migrations make; else run `npm run schema`', async () => {
  await using database = await makeTestDatabase()
  const described = await describeSchema(database.url, database.pool)
  const written = Object.keys(described).map((path) => [path, readFileSync(path, 'utf8')])
  expect(Object.fromEntries(written)).toEqual(described)
})
