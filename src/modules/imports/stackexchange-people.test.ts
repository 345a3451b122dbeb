import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withdraw } from '#modules/accounts/accounts.ts'
import { hashPassword } from '#modules/accounts/passwords.ts'
import { ask } from '#platform/database.ts'
import { memoryLimits } from '#platform/limits/memory.ts'
import { dumpFile } from '#test/support/import-files.ts'
import { answer, dumpSite, now, question, remark, users } from '#test/support/stackexchange-dump.ts'

const site = dumpSite()

test('who left the site keeps the name that the dump tells, and is one and the same wherever it stands', async () => {
  const folder = site.dump(20, {
    posts: [
      question(10, { OwnerUserId: '', OwnerDisplayName: 'user39' }),
      answer(20, 10, { OwnerUserId: '', OwnerDisplayName: 'user39' }),
    ],
    comments: [remark(1, 10, { UserId: '', UserDisplayName: 'user39' })],
  })
  await site.run(folder)
  const post = (await site.postsOf(folder))[1]
  expect([post?.author, ...(await site.commentsOf(post?.id ?? 0)).map(({ author }) => author)]).toEqual([
    'user39',
    'user39',
    'user39',
  ])
})

test('addresses come along where they are told: one to a member, none over what is here', async () => {
  const taken = { name: 'Owner', name_key: 'owner', email: 'Own@e.example', email_key: 'own@e.example' }
  await site.db().insertInto('members').values(taken).execute()
  const folder = site.dump(27, {
    posts: [],
    users: [
      { ...users[0], Id: 31, DisplayName: 'Mail1', Email: 'One@e.example' },
      { ...users[0], Id: 32, DisplayName: 'Mail2', Email: 'one@E.example' },
      { ...users[0], Id: 33, DisplayName: 'Mail3', Email: 'own@e.example' },
      { ...users[0], Id: 34, DisplayName: 'Mail4', Email: 'no address' },
    ],
  })
  await site.run(folder)
  await site.run(folder)
  const rows = await ask(site.db(), "select name, email from members where name ~ '^Mail' order by name", [])
  expect(rows.map((row) => Object.values(row as object))).toEqual([
    ['Mail1', 'One@e.example'],
    ['Mail2', null],
    ['Mail3', null],
    ['Mail4', null],
  ])
})

test('who withdrew here is not made anew, and nothing names them any more', async () => {
  const folder = site.dump(28, {
    posts: [question(10, { OwnerUserId: 41 })],
    users: [{ ...users[0], Id: 41, DisplayName: 'Leaver' }],
  })
  await site.run(folder)
  const [leaver] = await ask<{ id: number }>(site.db(), "select id from members where name = 'Leaver'", [])
  const id = leaver?.id ?? 0
  const hash = await hashPassword('password1')
  await ask(site.db(), 'update members set password_hash = $2 where id = $1', [id, hash])
  const viewer = {
    id,
    name: 'Leaver',
    role: 'member',
    language: null,
    theme: 'system',
    blocked: null,
  } as const
  await withdraw(
    { db: site.db(), limits: memoryLimits() },
    { ...viewer, sessionId: '' },
    { password: 'password1', now },
  )
  const [left] = await ask(site.db(), 'select * from members where id = $1', [leaver?.id])
  expect(JSON.stringify(left)).not.toMatch(/Leaver|:41/)
  writeFileSync(join(folder, 'Comments.xml'), dumpFile('comments', [remark(1, 10, { UserId: 41 })]))
  expect((await site.run(folder)).added).toMatchObject({ members: 0, comments: 1 })
  expect((await site.commentsOf((await site.postsOf(folder))[1]?.id ?? 0))[0]?.author).toBe(null)
})

test('a name that a newcomer takes in the meantime gets a number', async () => {
  const folder = site.dump(23, { posts: [question(10)], users: [{ ...users[0], DisplayName: 'Racer' }] })
  const [written, decided] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const newcomer = site
    .db()
    .transaction()
    .execute(async (tx) => {
      await ask(tx, "insert into members (name, name_key) values ('racer', 'racer')", [])
      written.resolve()
      await decided.promise
    })
  await written.promise
  await site.run(folder, { onProgress: (step) => step.phase === 'members' && decided.resolve() })
  await newcomer
  expect((await site.postsOf(folder))[1]?.author).toBe('Racer-2')
})
