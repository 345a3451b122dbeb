import { ask, type Db, transact } from '#platform/database.ts'
import { type FetchOptions, safeFetch } from '#platform/safe-fetch.ts'
import { unseal } from '#platform/seal.ts'
import { signatureOf } from '#platform/signatures.ts'
import { enqueueDelivery } from './list.ts'
import { textOf } from './payloads.ts'
import { placeOf } from './webhooks.ts'

/** For one try: milliseconds with everything, and bytes of the answer, which nobody reads. */
const limits = { timeoutMs: 7000, maxBytes: 100_000 } as const
/** Seconds to wait after the first, second ... failure; after the last one it is given up. */
const waits = [10, 60, 300, 1800, 3600, 7200, 14_400, 28_800] as const
/** So many failures in a row, over more than this many milliseconds, switch a webhook off. */
const giveUp = { failures: 10, ms: 3_600_000 } as const
const keepFor = 14 * 86_400_000

export type DeliveryDeps = { db: Db; sealingKey: Uint8Array; origin: string }

type Due = {
  id: number
  webhookId: string
  event: string
  subjectId: number | null
  happenedAt: Date
  tries: number
  url: string
  private: boolean
  sealed: Buffer
  disabledAt: Date | null
}

/** How the last try went. */
type Result = { ok: boolean; status: number | null; ms: number; problem: string }

/**
 * Sends one delivery, notes how it went, and plans the next try when it failed. May run twice: the receiver knows a
 * delivery by its id. `reach` is for tests, whose receiver is on this machine.
 */
export async function deliver(
  deps: DeliveryDeps,
  given: { id: number; now: Date; reach?: Pick<FetchOptions, 'allowPrivate' | 'resolve'> },
): Promise<void> {
  const due = await findDue(deps.db, given.id)
  if (!due) return
  if (due.disabledAt) return close(deps.db, due, 'stopped')
  const text = await textOf(deps.db, { ...due, deliveryId: due.id, origin: deps.origin })
  if (text === null) return close(deps.db, due, 'gone')
  const secret = unseal(deps.sealingKey, due.sealed, placeOf(due.webhookId))
  const result =
    secret === null
      ? { ok: false, status: null, ms: 0, problem: 'sealed' }
      : await send(due, { ...given, secret, body: Buffer.from(text) })
  await note(deps.db, due, { result, now: given.now })
}

async function findDue(db: Db, id: number): Promise<Due | null> {
  const [row] = await ask<Due>(
    db,
    `select d.id, d.webhook_id as "webhookId", d.event, d.subject_id as "subjectId", d.happened_at as "happenedAt", d.tries,
            w.url, w.private, w.secret_sealed as sealed, w.disabled_at as "disabledAt"
     from webhook_deliveries d join webhooks w on w.id = d.webhook_id where d.id = $1 and d.state = 'waiting'`,
    [id],
  )
  return row ?? null
}

async function close(db: Db, due: Due, state: 'gone' | 'stopped'): Promise<void> {
  await db.updateTable('webhook_deliveries').set({ state }).where('id', '=', due.id).execute()
}

type Sending = {
  secret: string
  body: Buffer
  now: Date
  reach?: Pick<FetchOptions, 'allowPrivate' | 'resolve'>
}

async function send(due: Due, { secret, body, now, reach }: Sending): Promise<Result> {
  const url = new URL(due.url)
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const signed = { timestamp, method: 'POST', target: url.pathname + url.search, body }
  const begun = performance.now()
  const outcome = await safeFetch(due.url, {
    ...limits,
    ...reach,
    method: 'POST',
    body,
    maxRedirects: 0,
    headers: {
      'content-type': 'application/json',
      'content-length': String(body.length),
      'x-madang-client': due.webhookId,
      'x-madang-event': due.event,
      'x-madang-delivery': String(due.id),
      'x-madang-timestamp': timestamp,
      'x-madang-signature': signatureOf(secret, signed),
    },
  })
  const ms = Math.round(performance.now() - begun)
  if (!outcome.ok) return { ok: false, status: null, ms, problem: outcome.reason }
  const ok = outcome.status >= 200 && outcome.status < 300
  return { ok, status: outcome.status, ms, problem: ok ? '' : 'status' }
}

async function note(db: Db, due: Due, { result, now }: { result: Result; now: Date }): Promise<void> {
  const { ok, status, ms, problem } = result
  const wait = waits[due.tries]
  const state = ok ? 'sent' : wait === undefined ? 'failed' : 'waiting'
  await transact(db, async (tx) => {
    const row = { state, tries: due.tries + 1, tried_at: now, status, ms, problem }
    await tx.updateTable('webhook_deliveries').set(row).where('id', '=', due.id).execute()
    if (ok) await forgive(tx, due.webhookId)
    else await countFailure(tx, due.webhookId, now)
    if (state === 'waiting') await enqueueDelivery(tx, due.id, new Date(now.getTime() + (wait ?? 0) * 1000))
  })
}

async function forgive(tx: Db, id: string): Promise<void> {
  await ask(tx, 'update webhooks set failures = 0, failing_since = null where id = $1 and failures > 0', [id])
}

/** The one statement counts and decides, so that deliveries of the same moment are all counted. */
async function countFailure(tx: Db, id: string, now: Date): Promise<void> {
  await ask(
    tx,
    `update webhooks set failures = failures + 1, failing_since = coalesce(failing_since, $2),
       disabled_at = case when failures + 1 >= $3 and failing_since < $4 then $2 end,
       disabled_why = case when failures + 1 >= $3 and failing_since < $4 then 'failures' end
     where id = $1 and disabled_at is null`,
    [id, now, giveUp.failures, new Date(now.getTime() - giveUp.ms)],
  )
}

/** Forgets deliveries after two weeks. */
export async function forgetOldDeliveries(db: Db, now: Date): Promise<void> {
  await ask(db, 'delete from webhook_deliveries where happened_at < $1', [new Date(now.getTime() - keepFor)])
}
