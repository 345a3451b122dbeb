import { cleanLine } from '#platform/text.ts'
import {
  fold,
  initialsMark,
  isInitials,
  longestWord,
  mostInitials,
  pairsOf,
  runsOf,
  stemOf,
} from './analyse.ts'

import { operatorNames, stateNames } from './korean.ts'

/** A run of one kind of writing in a word that was asked for. `stem`: without its particle. */
export type Part = { text: string; stem: string; paired: boolean }
export type Word = { text: string; parts: Part[] }
export type Note = 'nothing' | 'only-minus' | 'shortened' | 'unbalanced' | 'bad-date' | 'bad-is' | 'too-slow'
export type Filters = {
  board?: string
  author?: string
  tag?: string
  /** Dates as `2026`, `2026-11` or `2026-11-21`, in the site's zone. */
  before?: string
  after?: string
  question?: true
  solved?: true
}
export type Query = {
  words: Word[]
  /** Folded, white space single. */
  phrases: string[]
  without: Word[]
  withoutPhrases: string[]
  filters: Filters
  notes: Note[]
}

const limits = { characters: 400, words: 24 }

const operators: Record<string, keyof Filters | 'is'> = {
  board: 'board',
  author: 'author',
  tag: 'tag',
  before: 'before',
  after: 'after',
  is: 'is',
  ...operatorNames,
}
const states: Record<string, 'question' | 'solved'> = {
  question: 'question',
  solved: 'solved',
  ...stateNames,
}

const piece = /(-?)(?:([\p{L}]+):)?(?:"([^"]*)"|([^\s"]+))/gu

/** Reads what somebody typed; there is nothing that it refuses, only things that it notes. */
export function parseQuery(typed: string): Query {
  const query: Query = { words: [], phrases: [], without: [], withoutPhrases: [], filters: {}, notes: [] }
  // Bounded before anything looks at it; a character cut in two is no letter.
  let text = cleanLine(typed.slice(0, 4 * limits.characters).replace(/[“”„«»]/g, '"'))
  if (text.length > limits.characters || typed.length > 4 * limits.characters) {
    text = text.slice(0, limits.characters)
    query.notes.push('shortened')
  }
  if ((text.match(/"/g)?.length ?? 0) % 2 === 1) {
    const last = text.lastIndexOf('"')
    text = `${text.slice(0, last)} ${text.slice(last + 1)}`
    query.notes.push('unbalanced')
  }
  for (const [, minus, operator = '', phrase, bare = ''] of text.matchAll(piece)) {
    const name = operators[operator.toLowerCase()]
    const value = phrase ?? bare
    if (name && minus === '' && value !== '') addFilter(query, name, value)
    else
      addText(query, {
        isWithout: minus === '-',
        isPhrase: phrase !== undefined,
        text: operator && !name ? `${operator} ${value}` : value,
      })
  }
  if (query.words.length > limits.words) {
    query.words.length = limits.words
    if (!query.notes.includes('shortened')) query.notes.push('shortened')
  }
  const asks = query.words.length + query.phrases.length > 0 || Object.keys(query.filters).length > 0
  if (!asks)
    query.notes.push(query.without.length + query.withoutPhrases.length > 0 ? 'only-minus' : 'nothing')
  return query
}

function addFilter(query: Query, name: keyof Filters | 'is', value: string): void {
  const { filters, notes } = query
  if (name === 'is') {
    const state = states[value.toLowerCase()]
    if (state) filters[state] = true
    else notes.push('bad-is')
  } else if (name === 'before' || name === 'after') {
    if (isDate(value)) filters[name] = value
    else notes.push('bad-date')
  } else if (name === 'board' || name === 'author' || name === 'tag')
    filters[name] = value.replace(/^[@#]/, '')
}

/** A year, a month or a day that there is. */
function isDate(text: string): boolean {
  const match = /^((?:19|20)\d\d)(?:-(\d\d?)(?:-(\d\d?))?)?$/.exec(text)
  if (!match) return false
  const [year, month, day] = [Number(match[1]), Number(match[2] ?? 1), Number(match[3] ?? 1)]
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

function addText(query: Query, given: { text: string; isWithout: boolean; isPhrase: boolean }): void {
  const folded = fold(given.text).replace(/\s+/g, ' ').trim()
  if (given.isPhrase) {
    const parts = partsOf(folded)
    if (parts.length === 0) return
    if (given.isWithout) query.withoutPhrases.push(folded)
    else query.phrases.push(folded)
    return
  }
  for (const text of folded.split(' ')) {
    const parts = partsOf(text)
    if (parts.length === 0) continue
    if (given.isWithout) query.without.push({ text, parts })
    else query.words.push({ text, parts })
  }
}

export function partsOf(folded: string): Part[] {
  return runsOf(folded).map(({ text, paired }) => ({
    text: paired ? text : text.slice(0, longestWord),
    stem: paired ? stemOf(text) : text.slice(0, longestWord),
    paired,
  }))
}

/** Every part of what is asked for, of words and phrases. */
export function allParts(query: Query): Part[] {
  return [...query.words.flatMap((word) => word.parts), ...query.phrases.flatMap(partsOf)]
}

/** Everything that is asked for, as a text: for ranking. */
export function textOfQuery(query: Query): string {
  return [...query.words.map((word) => word.text), ...query.phrases].join(' ')
}

const quote = (token: string) => `'${token.replace(/['\\]/g, (character) => character + character)}'`

/** Rows of the analyser before this one keep a title's tokens apart; until the last is redone they are asked for, too. */
const olderTitleMark = '^'

function token(text: string, prefix = ''): string {
  return `(${quote(text)}${prefix}|${quote(olderTitleMark + text)}${prefix})`
}

/** One term. */
export const termQuery = (text: string) => token(text)

/** What PostgreSQL's index is asked for one part; wider than what is meant, for the text itself is looked at afterwards. */
function partQuery({ stem, paired }: Part): string {
  if (!paired) return token(stem, stem.length > 1 ? ':*' : '')
  if (isInitials(stem))
    return `(${all(pairsOf(stem))}|${quote(initialsMark + stem.slice(0, mostInitials))}:*)`
  if (stem.length === 1) return token(stem, ':*')
  const pairs = pairsOf(stem)
  // "자유게시판" shall find "자유 게시판" as well: there the pair across the gap is missing.
  if (stem.length < 4 || stem.length > 10) return all(pairs)
  const gaps = pairs.slice(1, -1).map((_, gap) => all(pairs.toSpliced(gap + 1, 1)))
  return `(${gaps.join('|')})`
}

const all = (pairs: readonly string[]) => `(${pairs.map((pair) => token(pair)).join('&')})`

/** The query for PostgreSQL's index, every word required; null when there is no word. */
export function toTsquery(query: Query): string | null {
  const parts = allParts(query)
  if (parts.length === 0) return null
  const wanted = [...new Set(parts.map(partQuery))]
  return wanted.slice(0, 40).join('&')
}
