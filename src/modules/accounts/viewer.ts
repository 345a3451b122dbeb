import type { Language } from '#words/words.ts'

export type MemberRole = 'member' | 'moderator' | 'administrator'

/** What an API key may do for its member. */
export type Scope = 'read' | 'write' | 'moderate' | 'admin'

/** Why somebody may read and not write: a moderator's block, or a sign-up that is not complete. */
export type Hold = {
  why: 'blocked' | 'waiting' | 'refused' | 'unconfirmed'
  /** What the moderator said. */
  reason: string
  /** When a block ends; null: for good, or until something is done. */
  until: Date | null
}

/** Who is looking: null is a guest. Carries what rules need, never a secret. */
export type Viewer = {
  id: number
  name: string
  role: MemberRole
  language: Language | null
  theme: 'system' | 'light' | 'dark'
  /** The zone whose clock they go by; without one, or null, the site's. */
  timeZone?: string | null
  /** The name of their picture's file; without one, or null, the generated one. */
  avatar?: string | null
  /** May read, may not write. */
  blocked: Hold | null
  sessionId: string
  /** What the API key that asks may do; without it a session asks. */
  key?: { id: number; scopes: readonly Scope[] }
}

const ranks: Record<MemberRole, number> = { member: 0, moderator: 1, administrator: 2 }

/** Whether `role` is at most `other`. */
export function isAtMost(role: MemberRole, other: MemberRole): boolean {
  return ranks[role] <= ranks[other]
}

/** Whether a sign-up is complete. Until it was approved and confirmed, where that is asked, one reads what guests read. */
export function wasLetIn({ blocked }: Viewer): boolean {
  return blocked === null || blocked.why === 'blocked'
}

/** The same of the row `m` of a member, as SQL. */
export const memberWasLetIn = `(m.role <> 'member' or m.approval is null and (m.email_confirmed_at is not null or not m.must_confirm))`

export function isModerator(viewer: Viewer | null): boolean {
  return viewer !== null && viewer.role !== 'member' && !viewer.blocked
}

export function isAdministrator(viewer: Viewer | null): boolean {
  return viewer !== null && viewer.role === 'administrator' && !viewer.blocked
}
