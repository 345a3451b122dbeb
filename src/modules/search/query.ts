import { cleanLine } from '#platform/text.ts'
import {
  fold,
  initialsMark,
  innerInitialsMark,
  isInitials,
  longestWord,
  mostInitials,
  pairsOf,
  runsOf,
  singularOf,
  stemOf,
  withoutParticle,
} from './analyse.ts'

import { operatorNames, stateNames } from './korean.ts'

/** A run of one kind of writing in a word that was asked for. `stem`: without its particle. */
export type Part = { text: string; stem: string; paired: boolean }
export type Word = { text: string; parts: Part[] }
export type Note =
  | 'nothing'
  | 'only-minus'
  | 'shortened'
  | 'unbalanced'
  | 'no-value'
  | 'bad-date'
  | 'bad-is'
  | 'no-name'
  | 'too-slow'
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
/** What an operator with a minus leaves out. */
export type Excluded = {
  board: string[]
  author: string[]
  tag: string[]
  question: boolean
  solved: boolean
}
export type Query = {
  words: Word[]
  /** Folded, white space single. */
  phrases: string[]
  without: Word[]
  withoutPhrases: string[]
  filters: Filters
  excluded: Excluded
  notes: Note[]
}

const limits = { characters: 400, words: 24 }

export type Operator = 'board' | 'author' | 'tag' | 'before' | 'after' | 'is'
const operators: ReadonlyMap<string, Operator> = new Map([
  ...(['board', 'author', 'tag', 'before', 'after', 'is'] as const).map((name) => [name, name] as const),
  ...operatorNames,
])
const states: ReadonlyMap<string, 'question' | 'solved' | 'unsolved'> = new Map([
  ['question', 'question'],
  ['solved', 'solved'],
  ['unsolved', 'unsolved'],
  ...stateNames,
])

const piece = /(-?)(?:([\p{L}]+):)?(?:"([^"]*)"|([^\s"]+))/gu

/** Reads what somebody typed; there is nothing that it refuses, only things that it notes. */
export function parseQuery(typed: string): Query {
  const query: Query = {
    words: [],
    phrases: [],
    without: [],
    withoutPhrases: [],
    filters: {},
    excluded: noneExcluded(),
    notes: [],
  }
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
    const name = operators.get(operator.toLowerCase())
    const value = phrase ?? bare
    const isAlone = name ? value === '' : bare.endsWith(':') && operators.has(bare.slice(0, -1).toLowerCase())
    if (isAlone) query.notes.push('no-value')
    else if (name) addFilter(query, { name, value, isWithout: minus === '-' })
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
  if (!asks) query.notes.push(takesAway(query) ? 'only-minus' : 'nothing')
  return query
}

export const noneExcluded = (): Excluded => ({
  board: [],
  author: [],
  tag: [],
  question: false,
  solved: false,
})

function takesAway({ without, withoutPhrases, excluded }: Query): boolean {
  const { board, author, tag, question, solved } = excluded
  const named = without.length + withoutPhrases.length + board.length + author.length + tag.length
  return named > 0 || question || solved
}

type Given = { name: Operator; value: string; isWithout: boolean }

function addFilter({ filters, excluded, notes }: Query, { name, value, isWithout }: Given): void {
  if (name === 'is') {
    const state = states.get(value.toLowerCase())
    if (!state || (state === 'unsolved' && isWithout)) notes.push('bad-is')
    else if (state === 'unsolved') {
      filters.question = true
      excluded.solved = true
    } else if (isWithout) excluded[state] = true
    else filters[state] = true
  } else if (name === 'before' || name === 'after') {
    // What is not before a day is after it.
    const side = isWithout === (name === 'before') ? 'after' : 'before'
    if (isDate(value)) filters[side] = value
    else notes.push('bad-date')
  } else {
    const bare = value.replace(/^[@#]/, '')
    if (isWithout) excluded[name].push(bare)
    else filters[name] = bare
  }
}

/** What was typed without an operator of this name; those with a minus stay. */
export function withoutOperator(typed: string, name: Operator): string {
  const text = typed.replace(piece, (all: string, minus: string, operator: string | undefined) =>
    minus === '' && operators.get(operator?.toLowerCase() ?? '') === name ? '' : all,
  )
  return cleanLine(text)
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
  for (const typed of folded.split(' ')) {
    const text = withoutParticle(typed)
    const parts = partsOf(text)
    if (parts.length === 0) continue
    // As it was typed: what only looks like a particle may end the word (고양이, which leaves 고양 alone).
    if (given.isWithout)
      query.without.push({ text, parts: parts.map((part) => ({ ...part, stem: part.text })) })
    else query.words.push({ text, parts })
  }
}

/**
 * Words of several parts (1학년, node.js) and with signs (C++), as they were typed: whether they stand so only a text tells,
 * the index knows the parts.
 */
export function joinedWords({ words }: Query): string[] {
  return words.flatMap(({ text, parts }) => {
    const bare = text.replace(/^[("'[<]+|[?!.,:;)"'\]>…]+$/g, '')
    const isJoined = parts.length > 1 || /[^\p{L}\p{M}\p{N}]/u.test(bare)
    return isJoined && parts.some((part) => !part.paired) ? [bare] : []
  })
}

export function partsOf(folded: string): Part[] {
  return runsOf(folded).map(({ text, paired }) => ({
    text: paired ? text : text.slice(0, longestWord),
    stem: paired ? stemOf(text) : singularOf(text.slice(0, longestWord)),
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

/** Rows of analyser 2 and older keep a title's tokens apart; until the last is redone they are asked for, too. */
const olderTitleMark = '^'

function token(text: string, prefix = ''): string {
  return `(${quote(text)}${prefix}|${quote(olderTitleMark + text)}${prefix})`
}

/** One term. */
export const termQuery = (text: string) => token(text)

/** What PostgreSQL's index is asked for one part; wider than what is meant, for the text itself is looked at afterwards. */
function partQuery({ stem, paired }: Part): string {
  if (!paired) return token(stem, stem.length > 1 ? ':*' : '')
  if (isInitials(stem)) {
    const first = stem.slice(0, mostInitials)
    const inner = first.length < mostInitials ? '' : `|${quote(innerInitialsMark + first)}`
    return `(${all(pairsOf(stem))}|${quote(initialsMark + first)}:*${inner})`
  }
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
