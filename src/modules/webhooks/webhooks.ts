import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import { requireRecentProof } from '#modules/accounts/proof.ts'
import { isAdministrator, type Viewer } from '#modules/accounts/viewer.ts'
import { recordAct } from '#modules/modlog/modlog.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { Conflict, type FieldError, Forbidden, Invalid, NotFound } from '#platform/errors.ts'
import { isPublic } from '#platform/safe-fetch.ts'
import { seal } from '#platform/seal.ts'
import { newToken } from '#platform/token.ts'
import { eventTypes } from './events.ts'
import { enqueueDelivery } from './list.ts'

/** Webhooks in all, code units of an address, deliveries that a page shows. */
export const webhookLimits = { webhooks: 20, url: 500, shown: 30 } as const
/** The event that the button for a test sends. */
export const testEvent = 'test'

export const placeOf = (id: string) => `webhook:${id}`

export type Webhook = {
  id: string
  url: string
  events: string[]
  private: boolean
  createdAt: Date
  failures: number
  disabledAt: Date | null
  disabledWhy: 'failures' | 'administrator' | null
}

const columns = `id, url, events, private, created_at as "createdAt", failures, disabled_at as "disabledAt",
  disabled_why as "disabledWhy"`

/** @throws Forbidden for everybody but administrators */
function requireAdministrator(viewer: Viewer): void {
  if (!isAdministrator(viewer)) throw new Forbidden('forbidden')
}

export async function listWebhooks(db: Db, viewer: Viewer): Promise<Webhook[]> {
  requireAdministrator(viewer)
  return ask<Webhook>(db, `select ${columns} from webhooks order by created_at desc, id`, [])
}

/** @throws Forbidden, NotFound */
export async function findWebhook(db: Db, viewer: Viewer, id: string): Promise<Webhook> {
  requireAdministrator(viewer)
  const [webhook] = await ask<Webhook>(db, `select ${columns} from webhooks where id = $1`, [id])
  if (!webhook) throw new NotFound()
  return webhook
}

export type NewWebhook = { url: string; events: readonly string[]; private: boolean; now: Date }

/** The secret that signs its deliveries is in the answer; the database has it sealed. @throws Forbidden, Invalid, Conflict */
export async function createWebhook(
  deps: { db: Db; sealingKey: Uint8Array },
  viewer: Viewer,
  input: NewWebhook,
): Promise<{ id: string; secret: string }> {
  requireAdministrator(viewer)
  await requireRecentProof(deps.db, viewer, input.now)
  const { url, events } = checkWebhook(input)
  const id = `wh_${randomBytes(9).toString('hex')}`
  const secret = `ws_${newToken()}`
  const row = {
    id,
    url: url.href,
    events,
    private: input.private,
    secret_sealed: seal(deps.sealingKey, secret, placeOf(id)),
    by_id: viewer.id,
    created_at: input.now,
  }
  await transact(deps.db, async (tx) => {
    const there = await ask(tx, 'select from webhooks', [])
    if (there.length >= webhookLimits.webhooks)
      throw new Conflict('too-many-webhooks', { facts: { limit: webhookLimits.webhooks } })
    await tx.insertInto('webhooks').values(row).execute()
    await recordAct(tx, { byId: viewer.id, act: 'webhook.create', reason: url.host, now: input.now })
  })
  return { id, secret }
}

/** What is plainly wrong is said at once; whether a name leads to a public address shows only when it is called. */
function checkWebhook(input: NewWebhook): { url: URL; events: string[] } {
  const typed = input.url.trim()
  const url = typed.length <= webhookLimits.url ? URL.parse(typed) : null
  const events = eventTypes.filter((type) => input.events.includes(type))
  const fields: FieldError[] = []
  if (typed === '') fields.push({ field: 'url', code: 'required' })
  else if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    fields.push({ field: 'url', code: 'webhook-address' })
  else if (!leadsOutside(url)) fields.push({ field: 'url', code: 'webhook-not-public' })
  if (events.length === 0) fields.push({ field: 'events', code: 'required' })
  if (fields.length > 0 || !url) throw new Invalid('invalid', { fields })
  url.hash = ''
  return { url, events }
}

function leadsOutside(url: URL): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  return isIP(host) === 0 ? host !== 'localhost' && !host.endsWith('.localhost') : isPublic(host)
}

/** Switches a webhook off, or on again with a clean record. @throws Forbidden, NotFound */
export async function switchWebhook(
  db: Db,
  viewer: Viewer,
  input: { id: string; on: boolean; now: Date },
): Promise<void> {
  requireAdministrator(viewer)
  const values = input.on
    ? { failures: 0, failing_since: null, disabled_at: null, disabled_why: null }
    : { disabled_at: input.now, disabled_why: 'administrator' }
  const { numUpdatedRows } = await db
    .updateTable('webhooks')
    .set(values)
    .where('id', '=', input.id)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) throw new NotFound()
}

/** @throws Forbidden, NotFound */
export async function removeWebhook(db: Db, viewer: Viewer, input: { id: string; now: Date }): Promise<void> {
  requireAdministrator(viewer)
  await transact(db, async (tx) => {
    const gone = await tx
      .deleteFrom('webhooks')
      .where('id', '=', input.id)
      .returning('url')
      .executeTakeFirst()
    if (!gone) throw new NotFound()
    const reason = new URL(gone.url).host
    await recordAct(tx, { byId: viewer.id, act: 'webhook.remove', reason, now: input.now })
  })
}

export type Delivery = {
  id: number
  event: string
  happenedAt: Date
  state: 'waiting' | 'sent' | 'failed' | 'gone' | 'stopped'
  tries: number
  triedAt: Date | null
  /** What the receiver answered, when it did. */
  status: number | null
  ms: number | null
  /** Why the last try failed: a code of the catalogues. */
  problem: string
}

/** The last deliveries, newest first. */
export async function listDeliveries(db: Db, viewer: Viewer, webhookId: string): Promise<Delivery[]> {
  requireAdministrator(viewer)
  return ask<Delivery>(
    db,
    `select id, event, happened_at as "happenedAt", state, tries, tried_at as "triedAt", status, ms, problem
     from webhook_deliveries where webhook_id = $1 order by id desc limit $2`,
    [webhookId, webhookLimits.shown],
  )
}

/** Sends a delivery once more, from the first try on. @throws Forbidden, NotFound, Conflict('webhook-off') */
export async function sendAgain(
  db: Db,
  viewer: Viewer,
  input: { webhookId: string; deliveryId: number },
): Promise<void> {
  await transact(db, async (tx) => {
    await requireOn(tx, viewer, input.webhookId)
    const [found] = await ask(
      tx,
      `update webhook_deliveries set state = 'waiting', tries = 0 where id = $1 and webhook_id = $2 returning id`,
      [input.deliveryId, input.webhookId],
    )
    if (!found) throw new NotFound()
    await enqueueDelivery(tx, input.deliveryId)
  })
}

/** Sends an event that says nothing, to see whether it arrives. @throws Forbidden, NotFound, Conflict('webhook-off') */
export async function sendTest(
  db: Db,
  viewer: Viewer,
  input: { webhookId: string; now: Date },
): Promise<number> {
  return transact(db, async (tx) => {
    await requireOn(tx, viewer, input.webhookId)
    const row = { webhook_id: input.webhookId, event: testEvent, happened_at: input.now }
    const { id } = await tx
      .insertInto('webhook_deliveries')
      .values(row)
      .returning('id')
      .executeTakeFirstOrThrow()
    await enqueueDelivery(tx, id)
    return id
  })
}

async function requireOn(tx: Db, viewer: Viewer, id: string): Promise<void> {
  const webhook = await findWebhook(tx, viewer, id)
  if (webhook.disabledAt) throw new Conflict('webhook-off')
}
