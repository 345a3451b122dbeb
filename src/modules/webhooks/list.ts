import type { DomainEvent, EventType, Subscriber } from '#events.ts'
import { ask, type Db } from '#platform/database.ts'
import { enqueue } from '#platform/jobs.ts'
import { tellingOf, toldOf } from './events.ts'

/** How old the list may be that other processes change, in milliseconds. */
const refreshEvery = 3000

/** The job that sends one delivery. */
export const deliveryJob = 'deliver-webhook'

/** Which events some webhook wants, in memory: a write that nobody wants to hear of asks the database nothing. */
export class WebhookList implements Subscriber {
  #wanted: ReadonlySet<string> = new Set()
  readonly #db: Db
  constructor(db: Db) {
    this.#db = db
  }

  wants(type: EventType): boolean {
    return toldOf(type).some((event) => this.#wanted.has(event))
  }

  /** Reads the list anew: after a change here, and every few seconds for changes elsewhere. */
  async refresh(): Promise<void> {
    const rows = await ask<{ event: string }>(
      this.#db,
      'select distinct unnest(events) as event from webhooks where disabled_at is null',
      [],
    )
    this.#wanted = new Set(rows.map((row) => row.event))
  }

  /** Keeps the list fresh until disposed; what fails is tried again at the next turn. */
  watch(onFailure: (error: unknown) => void): Disposable {
    const read = () => {
      this.refresh().catch(onFailure)
    }
    read()
    const timer = setInterval(read, refreshEvery)
    timer.unref()
    return { [Symbol.dispose]: () => clearInterval(timer) }
  }

  async take(tx: Db, event: DomainEvent): Promise<void> {
    const telling = tellingOf(event)
    if (!telling || !this.#wanted.has(telling.event)) return
    const rows = await ask<{ id: number }>(
      tx,
      `insert into webhook_deliveries (webhook_id, event, subject_id, happened_at)
       select id, $1, $2, $3 from webhooks where disabled_at is null and $1 = any(events) returning id`,
      [telling.event, telling.subjectId, telling.at],
    )
    for (const { id } of rows) await enqueueDelivery(tx, id)
  }
}

/** One waiting job for each delivery, at once or at `at`. One at a time, so that slow receivers do not hold up mails; how often
 * one is tried again is decided here, not by the queue. */
export async function enqueueDelivery(tx: Db, id: number, at?: Date): Promise<void> {
  const job = { name: deliveryJob, payload: { id }, key: `${deliveryJob}:${id}`, queue: 'webhooks', tries: 3 }
  await enqueue(tx, at ? { ...job, at } : job)
}
