import { initialsOf, isInitials, runsOf } from './analyse.ts'
import type { Part, Query, Word } from './query.ts'

/** Looks at the text itself: pairs in the index say where something may stand, not that it does. */

export type FoldedText = { title: string; text: string }

const letters = '\\p{sc=Hangul}\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}ー'

/** Costly to make, and asked of hundreds of texts. */
const spaced = new WeakMap<Part, RegExp>()

function spacedPattern(part: Part): RegExp {
  const known = spaced.get(part)
  if (known) return known
  const pattern = new RegExp(`(?<![${letters}])${Array.from(part.stem).join('\\s?')}`, 'u')
  spaced.set(part, pattern)
  return pattern
}

/** Also where the writer put spaces into a word, if it begins where one of theirs does. */
function hasSpaced(text: string, part: Part): boolean {
  const { stem } = part
  if (stem.length < 3 || !text.includes(stem.slice(-1)) || !text.includes(stem.slice(0, 1))) return false
  return spacedPattern(part).test(text)
}

function hasPart(text: string, part: Part): boolean {
  if (part.paired) return text.includes(part.stem) || hasSpaced(text, part)
  return !wordsBeginning(text, part.stem).next().done
}

/** Where Latin words begin so; one letter or digit only where it stands by itself. */
export function* wordsBeginning(text: string, stem: string): Generator<number> {
  for (let at = text.indexOf(stem); at >= 0; at = text.indexOf(stem, at + 1)) {
    if (isWordLetter(text.charAt(at - 1))) continue
    if (stem.length > 1 || !isWordLetter(text.charAt(at + stem.length))) yield at
  }
}

export const isWordLetter = (character: string) => runsOf(character).some((run) => !run.paired)

/** Whether a word of a title begins with these consonants. */
export function hasWordOfInitials(title: string, initials: string): boolean {
  return runsOf(title).some(({ text, paired }) => paired && initialsOf(text).startsWith(initials))
}

/** A word of several parts needs them side by side, at most with signs between: C언어 is no 언어 of somebody called C. */
function joinedPattern(word: Word): RegExp {
  const known = joined.get(word)
  if (known) return known
  const [first, last] = [word.parts.at(0), word.parts.at(-1)]
  const parts = word.parts.map(({ stem, paired }) => (paired ? Array.from(stem).join('\\s?') : stem))
  const before = first?.paired ? '' : `(?<!${latin})`
  const after = last && !last.paired && last.stem.length === 1 ? `(?!${latin})` : ''
  const pattern = new RegExp(`${before}${parts.join('[^\\p{L}\\p{N}]{0,3}')}${after}`, 'v')
  joined.set(word, pattern)
  return pattern
}

const joined = new WeakMap<Word, RegExp>()
const latin = `[[\\p{L}\\p{M}\\p{N}]--[${letters}]]`

export function hasWord(given: FoldedText, word: Word): boolean {
  if (word.parts.length > 1 && !word.parts.some((part) => isInitials(part.stem))) {
    const pattern = joinedPattern(word)
    return pattern.test(given.title) || pattern.test(given.text)
  }
  return word.parts.every((part) => {
    if (hasPart(given.title, part) || hasPart(given.text, part)) return true
    return isInitials(part.stem) && initialsOf(given.title).includes(part.stem)
  })
}

const collapse = (text: string) => text.replace(/\s+/g, ' ')

function hasPhrase(given: FoldedText, phrase: string): boolean {
  return collapse(given.title).includes(phrase) || collapse(given.text).includes(phrase)
}

/** Whether nothing stands in it that was excluded. */
export function isWanted(query: Query, given: FoldedText): boolean {
  return (
    !query.without.some((word) => hasWord(given, word)) &&
    !query.withoutPhrases.some((phrase) => hasPhrase(given, phrase))
  )
}

/** Whether every word and phrase that was asked for stands in it. */
export function isMatch(query: Query, given: FoldedText): boolean {
  return (
    query.words.every((word) => hasWord(given, word)) &&
    query.phrases.every((phrase) => hasPhrase(given, phrase))
  )
}

export const hasPhrases = (query: Query, given: FoldedText) =>
  query.phrases.every((phrase) => hasPhrase(given, phrase))
