/** Kinds of acts, as the table `acts` numbers them. */
export const kinds = {
  view: 1,
  vote: 2,
  comment: 3,
  answer: 4,
  bookmark: 5,
  /** Sent on to somebody by the device's own sharing. */
  share: 6,
  /** Came from another site, or by a shared link. */
  arrival: 7,
  /** Took the post's link to put it somewhere. */
  link: 8,
} as const
export type ActKind = keyof typeof kinds

/** What somebody did at a post, as a request shows it. */
export type Act = {
  kind: ActKind
  postId: number
  /** Null for a guest, who is told apart by address and browser. */
  memberId: number | null
  address: string
  agent: string
  at: Date
}

/** Seconds of each span. */
export const spanSeconds = { hour: 3600, day: 86_400, week: 604_800 } as const
export type Span = keyof typeof spanSeconds
export const spans = ['hour', 'day', 'week'] as const

/** Accounts younger than this count less, and by their address. */
export const newcomerDays = 7

/** What a member counts who has been here for so many days: a tenth at first, growing evenly to 1 in a week. */
export function newcomerShare(days: number): number {
  return 0.1 + 0.9 * Math.min(1, Math.max(0, days) / newcomerDays)
}
