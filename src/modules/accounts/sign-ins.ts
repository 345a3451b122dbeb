import { ask, type Db } from '#platform/database.ts'
import { addressKey } from '#platform/http/limits.ts'
import type { Viewer } from './viewer.ts'

export type SignInWay = 'password' | 'sign-up' | 'link' | 'code' | 'passkey' | 'oidc'

/** Where and with what somebody asks. */
export type Device = { agent: string; network: string }

/** The network around an address, so that people know their places apart and no whole address is kept: /24 or /48. */
export function networkOf(address: string | undefined): string {
  const key = addressKey(address).slice(1)
  if (!key.includes(':')) return /^\d+\.\d+\.\d+\.\d+$/.test(key) ? key.replace(/\.\d+$/, '.0/24') : ''
  return `${key.split(':').slice(0, 3).join(':')}::/48`
}

/** Writes a try down, that of nobody (null) as that of a member: the work tells no one whether there is an account. */
export async function noteSignIn(
  db: Db,
  given: Device & { memberId: number | null; way: SignInWay; refused: boolean; now: Date },
): Promise<void> {
  const row = {
    member_id: given.memberId,
    way: given.way,
    refused: given.refused,
    agent: given.agent.slice(0, 300),
    network: given.network,
    created_at: given.now,
  }
  await db.insertInto('sign_ins').values(row).execute()
}

export type ListedSignIn = Device & { id: number; way: SignInWay; refused: boolean; at: Date }

export const signInsKept = 50

/** The viewer's own last sign-ins and refused tries, newest first. */
export async function listSignIns(db: Db, viewer: Viewer): Promise<ListedSignIn[]> {
  return ask(
    db,
    `select id, way, refused, agent, network, created_at as at from sign_ins
     where member_id = $1 order by id desc limit $2`,
    [viewer.id, signInsKept],
  )
}

/** Forgets what nobody can see: tries for no member after an hour, a member's older ones, and all after half a year. */
export async function forgetOldSignIns(db: Db, now: Date): Promise<void> {
  const ago = (hours: number) => new Date(now.getTime() - hours * 3_600_000)
  await ask(
    db,
    `delete from sign_ins where (member_id is null and created_at < $1) or created_at < $2 or id in (
       select id from (select id, row_number() over (partition by member_id order by id desc) as place from sign_ins
         where member_id is not null) s where place > $3)`,
    [ago(1), ago(24 * 180), signInsKept],
  )
}
