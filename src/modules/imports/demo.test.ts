import { afterAll, beforeAll, expect, test } from 'vitest'
import { ActLog } from '#modules/acts/act-log.ts'
import { report } from '#modules/moderation/moderation.ts'
import { ask } from '#platform/database.ts'
import { makeLog } from '#platform/log.ts'
import { makeTestApp } from '#test/support/app.ts'
import { wrongCounters } from '#test/support/counters.ts'
import { makeTestDatabase, type TestDatabase } from '#test/support/database.ts'
import { seedDemo } from './demo.ts'
import { seedDemoActs } from './demo-acts.ts'
import { demoPeople, demoReports, seedDemoChats } from './demo-chats.ts'
import { storeDemoPictures } from './demo-pictures.ts'
import { readReports } from './demo-threads.ts'

let database: TestDatabase
const now = new Date('2026-11-21T05:00:00Z')
beforeAll(async () => {
  database = await makeTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

test('the demo is a village: members, boards on two levels, threads in two languages, once', async () => {
  expect(await seedDemo(database.db, { now })).toBe(true)
  expect(await seedDemo(database.db, { now })).toBe(false)
  const [counts] = await ask(
    database.db,
    `select (select count(*) from members) as members, (select count(*) from boards) as boards,
       (select count(*) from boards where parent_id is not null) as inner_boards,
       (select count(*) from boards where read_by = 'moderators') as hidden,
       (select count(*) >= 110 from posts) as enough_posts, (select count(*) > 10 from posts where accepted_id is not null) as solved,
       (select count(*) > 25 from posts where title !~ '[가-힣]') as english, (select count(*) > 2 from posts where version = 2) as edited,
       (select count(*) from post_pins) as pins, (select count(*) from post_locks) as locks,
       (select count(*) from members where password_hash is not null) as with_password`,
    [],
  )
  expect(counts).toEqual({
    members: 24,
    boards: 13,
    inner_boards: 7,
    hidden: 1,
    enough_posts: true,
    solved: true,
    english: true,
    edited: true,
    pins: 2,
    locks: 1,
    with_password: 0,
  })
  expect(await wrongCounters(database.db)).toEqual([])
})

test('its pictures are everybody’s to see, and texts without them have no empty places', async () => {
  const bodies = 'select body from post_versions'
  expect(
    (await ask<{ body: string }>(database.db, bodies, [])).filter(({ body }) => body.includes('demo:')),
  ).toEqual([])
  await using site = await makeTestApp()
  const keeper = await site.member('keeper', 'administrator')
  const [of] = (await demoPeople(site.db)).filter((one) => one.id === keeper.id)
  if (!of) throw new Error('nobody keeps the site')
  const tools = site.deps.files
  await seedDemo(site.db, { now, pictures: () => storeDemoPictures(site.db, of, { tools, now }) })
  const shown = await ask<{ name: string; html: string }>(
    site.db,
    `select f.name, v.html from file_uses u join files f on f.id = u.file_id join post_versions v on v.post_id = u.post_id`,
    [],
  )
  expect(shown).toHaveLength(3)
  for (const { name, html } of shown) {
    expect(html).toMatch(/<img[^>]+width="960" height="640"/)
    expect((await site.guest.page(`/files/${name}.webp`)).statusCode).toBe(200)
  }
})

test('nothing is written before its writer joined, or after now', async () => {
  const wrong = await ask(
    database.db,
    `select t.at from (select author_id, created_at as at from posts union all select author_id, created_at from comments) t
     join members m on m.id = t.author_id where t.at < m.created_at or t.at > $1`,
    [now],
  )
  expect(wrong).toEqual([])
})

test('members of the demo talk: a room of many and rooms of two, numbered from 1', async () => {
  await database.db
    .insertInto('members')
    .values({ name: 'admin', name_key: 'admin', role: 'administrator', created_at: now })
    .execute()
  const talks = await seedDemoChats(database.db, { now, origin: 'https://example.org' })
  for (const { roomId, last } of talks) {
    const [room] = await ask(database.db, 'select max(created_at) as last from messages where room_id = $1', [
      roomId,
    ])
    expect(room).toEqual({ last })
  }
  const rooms = await ask(
    database.db,
    `select r.kind, count(m.*)::int as messages, max(m.number)::int as newest from rooms r join messages m on m.room_id = r.id
     group by r.id order by r.id`,
    [],
  )
  expect(rooms).toEqual([
    { kind: 'group', messages: 8, newest: 8 },
    { kind: 'pair', messages: 2, newest: 2 },
    { kind: 'pair', messages: 2, newest: 2 },
  ])
})

test('moderators find reports, by members about posts that are there and older', async () => {
  const reports = await demoReports(database.db, now)
  expect(reports).toHaveLength(readReports().length)
  for (const { person, input } of reports) {
    await expect(report(database.db, person, input)).resolves.toHaveProperty('id')
    const [post] = await ask<{ at: Date }>(database.db, 'select created_at as at from posts where id = $1', [
      input.postId,
    ])
    expect(post?.at.getTime()).toBeLessThan(input.now.getTime())
  }
})

test('the last week of the demo counts for what is trending, without a view, vote or comment too many', async () => {
  await using acts = new ActLog(database.db, { timeZone: 'Asia/Seoul', log: makeLog('silent') })
  await seedDemoActs(database.db, { acts, now })
  const [sums] = await ask<{ posts: number; votes: number; voters: number }>(
    database.db,
    `select (select count(distinct post_id)::int from act_sums where week_people > 0) as posts,
       (select count(*)::int from acts where kind = 2) as votes,
       (select count(*)::int from post_votes where value > 0 and created_at > $1::timestamptz - interval '7 days') as voters`,
    [now],
  )
  expect(sums?.posts).toBeGreaterThan(10)
  expect(sums?.votes).toBe(sums?.voters)
  expect(await wrongCounters(database.db)).toEqual([])
})
