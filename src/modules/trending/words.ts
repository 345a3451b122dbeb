import { type Span, spanSeconds, spans } from '#modules/acts/kinds.ts'
import { fold, runsOf, stemOf } from '#modules/search/analyse.ts'
import { keyness } from './formula.ts'
import { isPredicate } from './predicates.ts'
import { isSyllable, stopWords } from './stop-words.ts'

/** A text as it was written; `share` is what its author counts. */
export type WrittenText = { text: string; authorId: number; share: number; at: Date }

export type TrendingWord = { word: string; score: number; people: number; before: number }

const week = spanSeconds.week
/** Fewer authors are a conversation, no trend. */
const leastAuthors = 2
const mostWords = 50

/** Addresses: their words are no one's talk. */
const address = /(?:https?:\/\/|www\.)[!-~]+/g

/** ㅋㅋ, ㅠㅠ and other loose letters at a word's end, or alone. */
const laughter = /[\u3131-\u318e]+$/

/** Words and pairs of neighbouring words, without particles, each once; what says nothing is left out. */
export function keywordsOf(text: string): Set<string> {
  const found = new Set<string>()
  let last: { word: string; end: number } | null = null
  const folded = fold(text).replace(address, '\n')
  let lastEnd = -1
  for (const { text: run, at, paired } of runsOf(folded)) {
    const bare = run.replace(laughter, '')
    const word = paired ? stemOf(bare) : bare
    // What hangs on another kind of writing is its particle ("React에서") or its number.
    const isName = folded[at - 1] === '@'
    const known = at !== lastEnd && !isName && isKeyword(word, paired) && !isPredicate(bare)
    lastEnd = at + run.length
    if (known) {
      found.add(word)
      if (last && at === last.end + 1 && folded[last.end] !== '\n') found.add(`${last.word} ${word}`)
    }
    last = known ? { word, end: lastEnd } : null
  }
  return found
}

function isKeyword(word: string, hangul: boolean): boolean {
  if (word.length < 2 || word.length > 30 || stopWords.has(word)) return false
  return hangul ? !isPredicate(word) && !isSyllable(word) : !/^[\d\p{M}]+$/u.test(word)
}

/** Who used a word: one author, as nearly always, or several. */
type Users = number | Set<number>
const countOf = (users: Users | undefined) =>
  users === undefined ? 0 : typeof users === 'number' ? 1 : users.size

/** What was written in one stretch of time: who used which word, and who wrote at all. */
class Stretch {
  readonly authors = new Map<number, number>()
  readonly users = new Map<string, Users>()
  /** Texts of words that several use, from the second author on. */
  readonly texts = new Map<string, number>()

  add(words: Iterable<string>, { authorId, share }: WrittenText): void {
    this.authors.set(authorId, share)
    for (const word of words) {
      const users = this.users.get(word)
      if (users === undefined) this.users.set(word, authorId)
      else if (typeof users !== 'number') {
        users.add(authorId)
        this.texts.set(word, (this.texts.get(word) ?? 0) + 1)
      } else if (users !== authorId) this.users.set(word, new Set([users, authorId]))
    }
  }

  weightOf(word: string): number {
    const users = this.users.get(word)
    if (users === undefined) return 0
    if (typeof users === 'number') return this.authors.get(users) ?? 0
    let sum = 0
    for (const id of users) sum += this.authors.get(id) ?? 0
    return sum
  }

  get weight(): number {
    let sum = 0
    for (const share of this.authors.values()) sum += share
    return sum
  }
}

/**
 * Words that more authors use within each span than in the week before it. Texts are given newest first; of the week
 * before, only words that are used now are remembered.
 */
export class WordTrends {
  readonly #now: number
  readonly #parts = new Map(spans.map((span) => [span, { now: new Stretch(), before: new Stretch() }]))
  constructor(now: Date) {
    this.#now = now.getTime()
  }

  add(text: WrittenText): void {
    const age = (this.#now - text.at.getTime()) / 1000
    const words = keywordsOf(text.text)
    for (const [span, { now, before }] of this.#parts) {
      const length = spanSeconds[span]
      if (age < length) now.add(words, text)
      else if (age < length + week) {
        const known = [...words].filter((word) => countOf(now.users.get(word)) >= leastAuthors)
        before.add(known, text)
      }
    }
  }

  /** The words of a span, best first. */
  of(span: Span): TrendingWord[] {
    const part = this.#parts.get(span)
    if (!part) return []
    const { now, before } = part
    const [allNow, allBefore] = [now.weight, before.weight]
    const found: TrendingWord[] = []
    for (const [word, users] of now.users) {
      const people = countOf(users)
      if (people < leastAuthors) continue
      const given = { now: now.weightOf(word), allNow, before: before.weightOf(word), allBefore }
      // Where few write, many words have as many authors: of equals the one in more texts comes first.
      const score = keyness(given) * (1 + Math.min(now.texts.get(word) ?? 0, 1000) / 1e6)
      if (score > 0) found.push({ word, score, people, before: countOf(before.users.get(word)) })
    }
    found.sort((a, b) => b.score - a.score || b.word.length - a.word.length || (a.word < b.word ? -1 : 1))
    return withoutParts(found).slice(0, mostWords)
  }
}

/** A phrase speaks for its words when most who use one of them use the phrase, else the word for the phrase. */
function withoutParts(ranked: readonly TrendingWord[]): TrendingWord[] {
  const most = ranked.slice(0, mostWords * 8)
  const phrases = most.filter((one) => one.word.includes(' '))
  const spoken = new Set<string>()
  for (const phrase of phrases) {
    for (const word of phrase.word.split(' ')) {
      const alone = most.find((one) => one.word === word)
      if (!alone) continue
      if (phrase.people >= alone.people * 0.7) spoken.add(word)
    }
  }
  return most.filter((one) => !spoken.has(one.word) && !isCovered(one, most, spoken))
}

/** Whether a phrase only repeats a word that stands for itself. */
function isCovered(one: TrendingWord, all: readonly TrendingWord[], spoken: ReadonlySet<string>): boolean {
  if (!one.word.includes(' ')) return false
  return one.word.split(' ').every((word) => !spoken.has(word) && all.some((other) => other.word === word))
}
