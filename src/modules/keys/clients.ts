import { randomBytes } from 'node:crypto'
import { requireRecentProof } from '#modules/accounts/proof.ts'
import { isAdministrator, type Viewer } from '#modules/accounts/viewer.ts'
import { recordAct } from '#modules/modlog/modlog.ts'
import { ask, type Db, lookUp, transact } from '#platform/database.ts'
import { Conflict, Forbidden, NotFound, refuse, Unauthenticated } from '#platform/errors.ts'
import type { Once } from '#platform/once.ts'
import { seal, unseal } from '#platform/seal.ts'
import { clockTolerance, type Signable, sameSignature, signatureOf } from '#platform/signatures.ts'
import { cleanLine, textErrors } from '#platform/text.ts'
import { newToken } from '#platform/token.ts'

/** Programs of others that sign their requests: an app's server, a campus portal. */

export const clientLimits = { clients: 50, name: 60 } as const
const hour = 3_600_000
const placeOf = (id: string) => `app-client:${id}`

export type AppClient = {
  id: string
  name: string
  by: string | null
  createdAt: Date
  /** To the hour. */
  usedAt: Date | null
}

/** The secret is in the answer; the database has it sealed. @throws Forbidden, Invalid, Conflict('too-many-clients') */
export async function createClient(
  deps: { db: Db; sealingKey: Uint8Array },
  viewer: Viewer,
  input: { name: string; now: Date },
): Promise<{ id: string; name: string; secret: string }> {
  if (!isAdministrator(viewer)) throw new Forbidden('forbidden')
  await requireRecentProof(deps.db, viewer, input.now)
  const name = cleanLine(input.name)
  refuse(textErrors(name, { field: 'name', limit: clientLimits.name }))
  const id = `mc_${randomBytes(9).toString('hex')}`
  const secret = `ms_${newToken()}`
  await transact(deps.db, async (tx) => {
    const there = await ask(tx, 'select from app_clients', [])
    if (there.length >= clientLimits.clients)
      throw new Conflict('too-many-clients', { facts: { limit: clientLimits.clients } })
    const secret_sealed = seal(deps.sealingKey, secret, placeOf(id))
    const row = { id, name, secret_sealed, by_id: viewer.id, created_at: input.now }
    await tx.insertInto('app_clients').values(row).execute()
    await recordAct(tx, { byId: viewer.id, act: 'client.create', reason: name, now: input.now })
  })
  return { id, name, secret }
}

export async function listClients(db: Db, viewer: Viewer): Promise<AppClient[]> {
  if (!isAdministrator(viewer)) throw new Forbidden('forbidden')
  return ask<AppClient>(
    db,
    `select c.id, c.name, m.name as by, c.created_at as "createdAt", c.used_at as "usedAt"
     from app_clients c join members m on m.id = c.by_id order by c.created_at desc, c.id`,
    [],
  )
}

/** Its signatures are refused from the next request on. @throws Forbidden, NotFound */
export async function revokeClient(db: Db, viewer: Viewer, input: { id: string; now: Date }): Promise<void> {
  if (!isAdministrator(viewer)) throw new Forbidden('forbidden')
  await transact(db, async (tx) => {
    const gone = await tx
      .deleteFrom('app_clients')
      .where('id', '=', input.id)
      .returning('name')
      .executeTakeFirst()
    if (!gone) throw new NotFound()
    await recordAct(tx, { byId: viewer.id, act: 'client.revoke', reason: gone.name, now: input.now })
  })
}

/** A request's signature as it came: any header may be missing, or be anything. */
export type SignedRequest = Omit<Signable, 'timestamp'> & {
  client: unknown
  timestamp: unknown
  signature: unknown
  now: Date
}

/**
 * Checks a request's signature: of a client that is there, made within five minutes, not used before. The work is the same
 * for an unknown client, and so is the answer.
 * @throws Unauthenticated('signature-time' | 'bad-signature' | 'signature-used')
 */
export async function requireSigned(
  deps: { db: Db; sealingKey: Uint8Array; once: Once },
  request: SignedRequest,
): Promise<{ clientId: string }> {
  const { client, timestamp, signature, now } = request
  const id = textOf(client, /^mc_[0-9a-f]{18}$/)
  const time = textOf(timestamp, /^\d{1,12}$/)
  const given = textOf(signature, /^[0-9a-f]{64}$/)
  if (Math.abs(now.getTime() / 1000 - Number(time || '0')) > clockTolerance)
    throw new Unauthenticated('signature-time')
  const found = await findSecret(deps, id)
  // The signature of nobody: nothing that was sent can be it.
  const secret = found?.secret ?? randomBytes(32).toString('hex')
  const expected = signatureOf(secret, { ...request, timestamp: time })
  if (!sameSignature(given, expected) || !found) throw new Unauthenticated('bad-signature')
  const fresh = await deps.once.isFirst(`signature:${id}:${given}`, clockTolerance * 2, now.getTime())
  if (!fresh) throw new Unauthenticated('signature-used')
  await noteUse(deps.db, found, now)
  return { clientId: id }
}

/** The text when it is one of that shape, else an empty one, which no client has and no signature is. */
function textOf(value: unknown, shape: RegExp): string {
  return typeof value === 'string' && shape.test(value) ? value : ''
}

type Found = { id: string; secret: string; usedAt: Date | null }

async function findSecret(deps: { db: Db; sealingKey: Uint8Array }, id: string): Promise<Found | null> {
  const [row] = await lookUp<{ sealed: Buffer; usedAt: Date | null }>(
    deps.db,
    'select secret_sealed as sealed, used_at as "usedAt" from app_clients where id = $1',
    [id],
  )
  const secret = row && unseal(deps.sealingKey, row.sealed, placeOf(id))
  return row && secret ? { id, secret, usedAt: row.usedAt } : null
}

async function noteUse(db: Db, client: Found, now: Date): Promise<void> {
  const used_at = new Date(Math.floor(now.getTime() / hour) * hour)
  if (client.usedAt && client.usedAt >= used_at) return
  await db.updateTable('app_clients').set({ used_at }).where('id', '=', client.id).execute()
}
