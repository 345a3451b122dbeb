import type { Viewer } from '#modules/accounts/viewer.ts'
import { openRoom } from '#modules/chat/rooms.ts'
import { sendMessage } from '#modules/chat/send.ts'
import { ask, type Db } from '#platform/database.ts'
import { readChats, readReports } from './demo-threads.ts'

type Talk = { roomId: number; last: Date }

/**
 * Lets the members of the demo talk, by the verbs that people use. Whoever is named and not here stays out.
 * @returns each room with the time of its last message
 */
export async function seedDemoChats(db: Db, { now, origin }: { now: Date; origin: string }): Promise<Talk[]> {
  const talks: Talk[] = []
  const people = new Map((await demoPeople(db)).map((person) => [person.name, person]))
  for (const [place, chat] of readChats().entries()) {
    const [first, ...others] = chat.people.flatMap((name) => people.get(name) ?? [])
    if (!first || others.length === 0) continue
    const members = others.map((person) => person.id)
    const { id: roomId } = await openRoom(db, first, {
      members,
      name: chat.name,
      now: minutesBefore(now, 400),
    })
    for (const [number, line] of chat.lines.entries()) {
      await sendMessage(db, people.get(line.author) ?? null, {
        roomId,
        body: line.body,
        clientId: `demo-${place}-${number}`,
        origin,
        now: minutesBefore(now, line.minutes),
      })
    }
    talks.push({ roomId, last: minutesBefore(now, chat.lines.at(-1)?.minutes ?? 0) })
  }
  return talks
}

/** The reports of the demo, ready to be sent. */
export async function demoReports(db: Db, now: Date) {
  const people = await demoPeople(db)
  const reports = []
  for (const { by, title, hours, ...said } of readReports()) {
    const [post] = await ask<{ id: number }>(db, 'select id from posts where title = $1', [title])
    const person = people.find((one) => one.name === by)
    if (post && person)
      reports.push({ person, input: { postId: post.id, ...said, now: minutesBefore(now, hours * 60) } })
  }
  return reports
}

/** Everybody here, as if they had signed in; who was here first comes first. */
export async function demoPeople(db: Db): Promise<Viewer[]> {
  const rows = await ask<{ id: number; name: string; role: Viewer['role'] }>(
    db,
    'select id, name, role from members where name is not null order by id',
    [],
  )
  return rows.map((row) => ({ ...row, language: null, theme: 'system', blocked: null, sessionId: '' }))
}

function minutesBefore(now: Date, minutes: number): Date {
  return new Date(now.getTime() - minutes * 60_000)
}
