export type MemberRole = 'member' | 'moderator' | 'administrator'

/** Who is looking: null is a guest. Carries what rules need, never a secret. */
export type Viewer = {
  id: number
  name: string
  role: MemberRole
  language: 'ko' | 'en' | null
  theme: 'system' | 'light' | 'dark'
  /** Open block: may read, may not write. `until` null: for good. */
  blocked: { reason: string; until: Date | null } | null
  sessionId: string
}

export function isModerator(viewer: Viewer | null): boolean {
  return viewer !== null && viewer.role !== 'member' && !viewer.blocked
}

export function isAdministrator(viewer: Viewer | null): boolean {
  return viewer !== null && viewer.role === 'administrator' && !viewer.blocked
}
