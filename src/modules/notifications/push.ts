import type { Viewer } from '#modules/accounts/viewer.ts'
import { paths } from '#paths.ts'
import { ask, type Db } from '#platform/database.ts'
import { Conflict, invalid, NotFound } from '#platform/errors.ts'
import type { FetchOptions } from '#platform/safe-fetch.ts'
import {
  isPushSubscription,
  longestPush,
  type PushIdentity,
  type PushSubscription,
  pushIdentity,
  sendPush,
} from '#platform/web-push.ts'
import type { Language, Words } from '#words/words.ts'
import { type Notification, waitingFor } from './list.ts'
import { sentenceOf, wordsFor } from './sentences.ts'

/** A member's browsers; more are a sign that something subscribes over and over. */
const mostDevices = 20
/** So many failures in a row end a subscription. */
const mostFailures = 10
/** More than this at once become one message. */
const mostMessages = 3

export type Device = { id: number; service: string; at: Date }

/**
 * Sends to this browser from now on. Its subscription moves with who is signed in there; it ends with the session.
 * @throws Invalid('endpoint'), Conflict('too-many-devices')
 */
export async function addDevice(
  db: Db,
  viewer: Viewer,
  input: PushSubscription & { now: Date },
): Promise<{ id: number }> {
  if (!isPushSubscription(input)) throw invalid('endpoint', 'no-push-service')
  const [row] = await ask<{ id: number }>(
    db,
    // Only the browser itself knows the keys that belong to its address.
    `insert into push_subscriptions as s (member_id, session_id, endpoint, p256dh, auth, created_at)
     select $1, $2, $3, $4, $5, $6 where (select count(*) from push_subscriptions where member_id = $1) < ${mostDevices}
     on conflict (endpoint) do update set member_id = excluded.member_id, session_id = excluded.session_id, failures = 0
       where s.p256dh = excluded.p256dh and s.auth = excluded.auth
     returning id`,
    [viewer.id, viewer.sessionId, input.endpoint, input.p256dh, input.auth, input.now],
  )
  if (!row) throw new Conflict('too-many-devices', { facts: { limit: mostDevices } })
  return row
}

/** @throws NotFound for what is not one of the viewer's */
export async function removeDevice(db: Db, viewer: Viewer, id: number): Promise<void> {
  const gone = await ask(db, 'delete from push_subscriptions where id = $1 and member_id = $2 returning id', [
    id,
    viewer.id,
  ])
  if (gone.length === 0) throw new NotFound()
}

/** The viewer's browsers, newest first; of an address only the host is shown. */
export async function listDevices(db: Db, viewer: Viewer): Promise<Device[]> {
  const rows = await ask<{ id: number; endpoint: string; at: Date }>(
    db,
    'select id, endpoint, created_at as at from push_subscriptions where member_id = $1 order by id desc',
    [viewer.id],
  )
  return rows.map(({ id, endpoint, at }) => ({ id, service: new URL(endpoint).host, at }))
}

export type PushDeps = {
  db: Db
  config: { baseUrl: string | null; mail: { from: string } | null; defaultLanguage: Language }
  site: { current: (now: Date) => Promise<{ name: string }> }
  pushKey: Uint8Array
  clock: () => Date
}

export function identityOf({ config, pushKey }: Pick<PushDeps, 'config' | 'pushKey'>): PushIdentity {
  const { baseUrl, mail } = config
  const contact = mail
    ? `mailto:${mail.from}`
    : baseUrl?.startsWith('https:')
      ? baseUrl
      : 'mailto:nobody@localhost'
  return pushIdentity(pushKey, contact)
}

/**
 * Sends what waits to be pushed to all of a member's browsers, once: what does not arrive stands in the page. A browser
 * that wants no more is forgotten.
 */
export async function pushNow(
  deps: PushDeps,
  memberId: number,
  reach: Pick<FetchOptions, 'allowPrivate' | 'resolve'> = {},
): Promise<void> {
  const { db, clock } = deps
  const [member] = await ask<{ language: string | null }>(
    db,
    'select language from members where id = $1 and name is not null',
    [memberId],
  )
  const found = member ? await waitingFor(db, memberId, { way: 'push' }) : []
  const waiting = await claim(db, memberId, found)
  if (!member || waiting.length === 0) return
  const { words } = wordsFor(member.language, deps.config.defaultLanguage)
  const { name } = await deps.site.current(clock())
  const messages = messagesFor(words, { site: name, waiting })
  const identity = identityOf(deps)
  for (const device of await devicesOf(db, memberId)) {
    for (const { topic, text } of messages) {
      const pushed = await sendPush(device, { identity, text, topic, now: clock(), reach })
      await note(db, device.id, pushed.ok ? 'sent' : pushed.gone ? 'gone' : 'failed')
      if (!pushed.ok) break
    }
  }
}

/** Takes them out of the queue; what may not be seen any more leaves it, too. */
async function claim(db: Db, memberId: number, found: readonly Notification[]): Promise<Notification[]> {
  const rows = await ask<{ id: number }>(
    db,
    'update notifications set push = false where member_id = $1 and push and read_at is null returning id',
    [memberId],
  )
  const claimed = new Set(rows.map((row) => row.id))
  return found.filter((one) => claimed.has(one.id))
}

type Target = PushSubscription & { id: number }

function devicesOf(db: Db, memberId: number): Promise<Target[]> {
  return ask<Target>(
    db,
    `select s.id, s.endpoint, s.p256dh, s.auth from push_subscriptions s join sessions e on e.id = s.session_id
     where s.member_id = $1 and e.member_id = $1 order by s.id`,
    [memberId],
  )
}

type Message = { topic: string; text: string }

function messagesFor(words: Words, given: { site: string; waiting: readonly Notification[] }): Message[] {
  const { site, waiting } = given
  const message = (topic: string, body: string, url: string): Message => ({
    topic,
    text: JSON.stringify({ title: site, body: shortened(body), url, tag: topic }),
  })
  if (waiting.length > mostMessages) {
    return [
      message('several', words.notificationMails.several({ count: waiting.length }), paths.notifications()),
    ]
  }
  return waiting.map((one) => message(`n${one.id}`, sentenceOf(words, one), paths.notification(one.id)))
}

/** Bytes count: a Korean letter has three. */
function shortened(text: string): string {
  let short = text
  while (Buffer.byteLength(short) > longestPush - 500) short = `${Array.from(short).slice(0, -50).join('')}…`
  return short
}

async function note(db: Db, id: number, how: 'sent' | 'failed' | 'gone'): Promise<void> {
  if (how === 'sent') {
    await ask(db, 'update push_subscriptions set failures = 0 where id = $1 and failures > 0', [id])
    return
  }
  await ask(db, 'update push_subscriptions set failures = failures + 1 where id = $1', [id])
  const enough = how === 'gone' ? 0 : mostFailures
  await ask(db, 'delete from push_subscriptions where id = $1 and failures >= $2', [id, enough])
}
