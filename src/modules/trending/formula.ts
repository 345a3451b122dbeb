import { type ActKind, kinds, type Span, spanSeconds } from '#modules/acts/kinds.ts'

/** What an act of each kind adds to a score when it has just happened. */
export type Weights = Record<ActKind, number>

export const actKinds = [
  'view',
  'vote',
  'comment',
  'answer',
  'bookmark',
  'share',
  'arrival',
  'link',
] as const satisfies readonly ActKind[]

/**
 * In the proportions of the hourly batch of an older community site (views 1, votes 3, solutions 5); the kinds that it
 * had not are put between them by how much they ask of a person.
 */
export const defaultWeights: Weights = {
  view: 1,
  vote: 3,
  comment: 4,
  answer: 5,
  bookmark: 3,
  share: 4,
  arrival: 2,
  link: 2,
}

/** The numbers and weights as two columns, for SQL. */
export function weightColumns(weights: Weights): [kinds: number[], weights: number[]] {
  return [actKinds.map((kind) => kinds[kind]), actKinds.map((kind) => weights[kind])]
}

/** An act as a score sees it: `share` is what the person counts (1 for a member of long standing), `age` in seconds. */
export type WeighedAct = { kind: ActKind; share: number; age: number }

/**
 * A post's score over a span: the weight of each act times what the person counts times its time weight, which falls
 * evenly from 1 (now) to 0 (at the end of the span). Every person counts once a kind. The SQL computes the same from
 * sums: with W the span, Σ s (1 - (now - t) / W) = ((W - now) Σ s + Σ s t) / W.
 */
export function scoreOf(acts: readonly WeighedAct[], span: Span, weights: Weights): number {
  const length = spanSeconds[span]
  return acts.reduce(
    (sum, { kind, share, age }) => sum + weights[kind] * share * Math.max(0, 1 - age / length),
    0,
  )
}

/** Readers without a comparison: so many authors are thought to have written before without the word. */
export const wordPrior = 10

/**
 * How much more a word is used now than before, as the log-likelihood ratio of two samples (Dunning 1993, in the form of
 * Rayson and Garside 2000): `now` of `allNow` authors against `before` of `allBefore`. 0 when it is not used more.
 */
export function keyness(given: { now: number; allNow: number; before: number; allBefore: number }): number {
  const { now, allNow, before } = given
  const allBefore = given.allBefore + wordPrior
  if (now <= 0 || now / allNow <= before / allBefore) return 0
  const rate = (now + before) / (allNow + allBefore)
  const part = (seen: number, all: number) => (seen > 0 ? seen * Math.log(seen / (all * rate)) : 0)
  return 2 * (part(now, allNow) + part(before, allBefore))
}
