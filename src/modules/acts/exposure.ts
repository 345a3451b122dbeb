import type { ActKind } from './kinds.ts'

/** Viewers that a post is given beyond its own, so that one share of one reader is no rate of 100 %. */
export const exposurePrior = 20

/** What carries a post further or shows that it was carried: arrivals, sharing, votes and bookmarks, links taken. */
export const signalKinds = ['vote', 'bookmark', 'share', 'arrival', 'link'] as const satisfies ActKind[]

/**
 * The exposure rate: of those who read a post, how many carried it further or were led to it from outside; people
 * counted once a kind.
 */
export function exposureOf(people: ReadonlyMap<ActKind, number>): number {
  const signals = signalKinds.reduce((sum, kind) => sum + (people.get(kind) ?? 0), 0)
  return signals / ((people.get('view') ?? 0) + exposurePrior)
}
