import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { publishPost } from '#modules/posts/posts.ts'
import { ask, openDatabase } from '#platform/database.ts'
import { borrowPostgres } from '#platform/postgres-server/server.ts'
import { startServer } from '#test/support/server.ts'

test('views older than a second survive kill -9, all survive a stop, and the counters say so afterwards', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'madang-views-'))
  try {
    let server = await startServer(dataDir)
    const postId = await publish(dataDir)
    const read = (agent: string) =>
      fetch(`${server.url}/api/v1/posts/${postId}`, { headers: { 'user-agent': agent } }).then((answer) =>
        answer.json(),
      )
    for (let n = 0; n < 20; n++) await read(`Reader ${n}`)
    await sleep(1000)
    await server.end('SIGKILL')
    server = await startServer(dataDir)
    // Those who were counted and one more.
    expect((await read('Another')).views).toBe(21)
    await server.end('SIGTERM')
    server = await startServer(dataDir)
    expect((await read('Reader 3')).views).toBe(21)
    await server.end('SIGTERM')
    expect(await stored(dataDir, postId)).toEqual({ views: 21, pending: 0 })
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}, 60_000)

async function publish(dataDir: string): Promise<number> {
  await using postgres = await borrowPostgres({ dataDir, log: () => {} })
  await using database = openDatabase({ url: postgres.url, size: 2 })
  const row = { name: 'writer', name_key: 'writer', email: 'w@example.org', email_key: 'w@example.org' }
  const { id } = await database.db.insertInto('members').values(row).returning('id').executeTakeFirstOrThrow()
  const viewer = {
    id,
    name: 'writer',
    role: 'member',
    language: null,
    theme: 'system',
    blocked: null,
    sessionId: '',
  } as const
  const post = { board: 'free', title: 'Read me', body: 'Text', now: new Date() }
  return (await publishPost(database.db, viewer, post)).id
}

async function stored(
  dataDir: string,
  postId: number,
): Promise<{ views: number; pending: number } | undefined> {
  await using postgres = await borrowPostgres({ dataDir, log: () => {} })
  await using database = openDatabase({ url: postgres.url, size: 2 })
  const [row] = await ask<{ views: number; pending: number }>(
    database.db,
    'select views::int, (select count(*)::int from post_views_pending) as pending from posts where id = $1',
    [postId],
  )
  return row
}
