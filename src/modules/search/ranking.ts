import { commentTokens, fold, type Run, runsOf, singularOf, stemOf } from './analyse.ts'
import { syllablesOf } from './likeness.ts'

/**
 * BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) over four kinds of features of a text:
 * pairs of characters, words without particles, the characters on both sides of a gap, and neighbouring words. Weights
 * were chosen on KorQuAD; k1 and b are the usual ones, which do better on other collections than those that suit its
 * paragraphs of like length (docs/performance.md, "Search").
 */
const weights = { pair: 1, word: 0.8, gap: 0.8, neighbours: 0.5 } as const
type Kind = keyof typeof weights
const k1 = 1.2
const b = 0.75

const marks: Record<Kind, string> = { pair: '', word: '=', gap: '+', neighbours: '&' }

/** The word that is counted as this term; null when it is something else than a word. */
export const wordOfTerm = (term: string) =>
  term.length > 1 && term.startsWith(marks.word) ? term.slice(1) : null

/** Of one syllable: in how many texts it stands in the index by itself, which also ends of short words do. */
const tokenMark = '$'

/** How frequent a term of the index is: of one syllable as it stands in the index, not as a word. */
export const shareOfToken = (term: string, { shareOf }: Frequencies) =>
  Math.max(shareOf(term), shareOf(tokenMark + term))

/** Calls `take` for every feature of a text, as often as it stands there. */
function readFeatures(runs: readonly Run[], take: (kind: Kind, text: string) => void): void {
  let before: { text: string; stem: string; paired: boolean } | null = null
  for (const { text, paired } of runs) {
    const stem = paired ? stemOf(text) : text
    if (!paired || text.length === 1) take('pair', text)
    else for (let at = 0; at + 2 <= text.length; at++) take('pair', text.slice(at, at + 2))
    take('word', stem)
    if (before) {
      if (paired || before.paired) take('gap', before.text.slice(-1) + text.slice(0, 1))
      take('neighbours', `${before.stem} ${stem}`)
    }
    before = { text, stem, paired }
  }
}

/** The distinct terms of a text as they are counted over many, and its lengths. */
export function countable(text: string): { terms: Set<string>; pairs: number; words: number } {
  const terms = new Set<string>()
  let [pairs, words] = [0, 0]
  readFeatures(runsOf(fold(text)), (kind, feature) => {
    if (kind === 'pair') pairs++
    if (kind === 'word') words++
    if (kind !== 'neighbours') terms.add(marks[kind] + feature)
  })
  for (const term of syllablesOf(text)) terms.add(term)
  for (const token of commentTokens(text)) if (token.length === 1) terms.add(tokenMark + token)
  return { terms, pairs, words }
}

/** How frequent terms are: of `docs` sampled texts, of how long a text is in the mean. */
export type Frequencies = {
  docs: number
  pairs: number
  words: number
  of: (term: string) => number
  /** The share of texts in which a term stands; 0 when it is rare or nobody knows. */
  shareOf: (term: string) => number
}

type Feature = { kind: Kind; weight: number }

/** What a question's features are worth; built once, then asked for every candidate. */
export class Ranker {
  readonly #pairs = new Map<number, number>()
  readonly #runs = new Map<string, number>()
  readonly #syllables = new Map<number, number>()
  readonly #stems = new Map<string, number>()
  readonly #gaps = new Map<number, number>()
  readonly #neighbours = new Map<string, number>()
  readonly #starts = new Set<number>()
  /** 1 for characters with which a pair or a gap that was asked for begins: spares most look-ups. */
  readonly #firsts = new Uint8Array(65_536)
  readonly #features: Feature[] = []
  readonly #means: Record<Kind, number>
  /** The sum of all weights. */
  total = 0

  constructor(question: string, frequencies: Frequencies) {
    const { docs, of } = frequencies
    const pairs = Math.max(1, frequencies.pairs)
    const words = Math.max(1, frequencies.words)
    this.#means = { pair: pairs, word: words, gap: words, neighbours: words }
    const rarity = (count: number) =>
      Math.log(1 + (docs - Math.min(docs, count) + 0.5) / (Math.min(docs, count) + 0.5))
    const worth = (kind: Kind, text: string): number => {
      if (kind !== 'neighbours') return rarity(Math.max(1, of(marks[kind] + text)))
      const [one = '', two = ''] = text.split(' ')
      return Math.min(rarity(1), worth('word', one) + worth('word', two))
    }
    readFeatures(runsOf(fold(question)), (kind, text) =>
      this.#add(kind, text, weights[kind] * worth(kind, text)),
    )
  }

  #add(kind: Kind, text: string, weight: number): void {
    const index = this.#features.length
    const put = <K>(map: Map<K, number>, key: K) => {
      if (map.has(key)) return
      map.set(key, index)
      this.#features.push({ kind, weight })
      this.total += weight
    }
    if ((kind === 'pair' && text.length === 2) || kind === 'gap') this.#firsts[text.charCodeAt(0)] = 1
    if (kind === 'pair' && text.length === 2) put(this.#pairs, pairKey(text, 0))
    else if (kind === 'pair') {
      put(this.#runs, text)
      // One of what was asked for counts as many.
      const known = this.#runs.get(text)
      if (known !== undefined && !this.#runs.has(singularOf(text))) this.#runs.set(singularOf(text), known)
      if (text.length === 1 && /[^a-z0-9]/.test(text))
        this.#syllables.set(text.charCodeAt(0), this.#runs.get(text) ?? 0)
    } else if (kind === 'gap') put(this.#gaps, pairKey(text, 0))
    else if (kind === 'neighbours') put(this.#neighbours, text)
    else {
      put(this.#stems, text)
      this.#starts.add(text.charCodeAt(0))
    }
  }

  /** How often each feature stands in a text (folded), and how long it is. */
  #count(runs: readonly Run[], counts: Float64Array, times: number): { pairs: number; words: number } {
    let pairs = 0
    let before: Run | null = null
    const bump = (index: number | undefined, by = times) => {
      if (index !== undefined) counts[index] = (counts[index] ?? 0) + by
    }
    for (const run of runs) {
      const { text, paired } = run
      pairs += paired ? Math.max(1, text.length - 1) : 1
      if (paired && text.length > 1) {
        for (let at = 0; at + 2 <= text.length; at++) {
          if (this.#firsts[text.charCodeAt(at)] !== 1) continue
          const key = pairKey(text, at)
          bump(this.#pairs.get(key))
          // Spaces are free in Korean: a gap that was asked for may be none here, and the other way round.
          bump(this.#gaps.get(key))
        }
      } else if (text.length === 2) bump(this.#pairs.get(pairKey(text, 0)))
      else bump(this.#runs.get(text))
      if (!paired) this.#countBeginning(text, bump, times)
      else if (this.#syllables.size > 0) this.#countSyllables(text, bump)
      if (
        before &&
        (paired || before.paired) &&
        this.#firsts[before.text.charCodeAt(before.text.length - 1)] === 1
      ) {
        const key = gapKey(before.text, text)
        bump(this.#gaps.get(key))
        bump(this.#pairs.get(key))
      }
      if (this.#starts.has(text.charCodeAt(0))) {
        const stem = paired ? stemOf(text) : text
        bump(this.#stems.get(stem))
        if (before && this.#neighbours.size > 0 && this.#starts.has(before.text.charCodeAt(0))) {
          const first = before.paired ? stemOf(before.text) : before.text
          bump(this.#neighbours.get(`${first} ${stem}`))
        }
      }
      before = run
    }
    return { pairs, words: runs.length }
  }

  /** One syllable counts less inside a word than at its beginning, and there less than by itself. */
  #countSyllables(text: string, bump: (index: number | undefined, by: number) => void): void {
    if (text.length === 1) return
    for (let at = 0; at < text.length; at++) {
      const index = this.#syllables.get(text.charCodeAt(at))
      if (index !== undefined) bump(index, at === 0 ? 0.6 : 0.2)
    }
  }

  /** A Latin word that only begins as asked counts half. */
  #countBeginning(text: string, bump: (index: number | undefined, by: number) => void, times: number): void {
    const whole = this.#runs.get(text)
    for (const [wanted, index] of this.#runs) {
      if (index !== whole && wanted.length > 2 && text.length > wanted.length && text.startsWith(wanted))
        bump(index, times / 2)
    }
  }

  /** A text's worth; what stands in the title counts again. Both folded. */
  score(given: { title: string; text: string }): number {
    const counts = new Float64Array(this.#features.length)
    const inTitle = new Float64Array(this.#features.length)
    const head = this.#count(runsOf(given.title), inTitle, 1)
    const body = this.#count(runsOf(given.text), counts, 1)
    let score = 0
    for (const [index, { kind, weight }] of this.#features.entries()) {
      const title = inTitle[index] ?? 0
      const count = (counts[index] ?? 0) + 2 * title
      if (count === 0) continue
      const isPair = kind === 'pair'
      const length = isPair ? body.pairs + head.pairs : body.words + head.words
      score += (weight * count * (k1 + 1)) / (count + k1 * (1 - b + (b * length) / this.#means[kind]))
      if (title > 0) score += weight * 0.5
    }
    return score
  }
}

const pairKey = (text: string, at: number) => text.charCodeAt(at) * 65_536 + text.charCodeAt(at + 1)
const gapKey = (before: string, text: string) =>
  before.charCodeAt(before.length - 1) * 65_536 + text.charCodeAt(0)

/** The terms whose frequencies a question's ranking needs. */
export function termsOf(question: string): string[] {
  const terms = new Set<string>()
  readFeatures(runsOf(fold(question)), (kind, feature) => {
    if (kind !== 'neighbours') terms.add(marks[kind] + feature)
    if (kind === 'pair' && feature.length === 1) terms.add(tokenMark + feature)
  })
  return [...terms]
}
