import { fold, runsOf } from './analyse.ts'
import type { Frequencies } from './ranking.ts'

/**
 * How alike two short texts are: the cosine of what they consist of, weighted by how rare it is. Pairs of characters,
 * single syllables and the syllables with which words begin: Korean endings change what follows (갈까, 갔어, 가야), the
 * beginning stays. Weights were chosen on the training half of Question_pair.
 */
const weights = { pair: 0.7, syllable: 0.7, start: 1 } as const
type Kind = keyof typeof weights

/** Marks set apart what `search_terms` counts; pairs stand there for the ranking, too. */
const marks: Record<Kind, string> = { pair: '', syllable: '-', start: '<' }

function* featuresOf(text: string): Generator<[kind: Kind, term: string]> {
  for (const run of runsOf(fold(text))) {
    const characters = run.paired ? Array.from(run.text) : [run.text]
    yield ['start', marks.start + characters[0]]
    for (const [at, character] of characters.entries()) {
      yield ['syllable', marks.syllable + character]
      const pair = at === 0 ? (characters.length === 1 ? character : '') : characters[at - 1] + character
      if (pair !== '') yield ['pair', pair]
    }
  }
}

/** Terms to count besides those of the ranking. */
export function* syllablesOf(text: string): Generator<string> {
  for (const [kind, term] of featuresOf(text)) if (kind !== 'pair') yield term
}

/** The terms whose frequencies the likeness of a text needs. */
export const likenessTerms = (text: string): string[] => [
  ...new Set(featuresOf(text).map(([, term]) => term)),
]

function vectorOf(text: string, { docs, of }: Frequencies): Map<string, number> {
  const vector = new Map<string, number>()
  for (const [kind, term] of featuresOf(text)) {
    const count = Math.min(docs, Math.max(1, of(term)))
    vector.set(term, weights[kind] * Math.log(1 + (docs - count + 0.5) / (count + 0.5)))
  }
  return vector
}

/** @returns 0 for nothing in common to 1 for the same. */
export function likeness(one: string, two: string, frequencies: Frequencies): number {
  const [first, second] = [vectorOf(one, frequencies), vectorOf(two, frequencies)]
  let [common, left, right] = [0, 0, 0]
  for (const [term, weight] of first) {
    left += weight * weight
    common += weight * (second.get(term) ?? 0)
  }
  for (const weight of second.values()) right += weight * weight
  return left === 0 || right === 0 ? 0 : common / Math.sqrt(left * right)
}
