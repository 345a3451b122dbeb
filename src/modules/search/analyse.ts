import { consonants, endings, particles, units, unmistakable, verbEndings } from './korean.ts'

/**
 * The one analyser of the search: what is written and what is asked go through it alike.
 *
 * Korean, Chinese and Japanese become pairs of characters ("대학교" = 대학 + 학교), because words there carry particles
 * and stand inside other words; everything else becomes whole words. No dictionary: on KorQuAD plain pairs rank better
 * than the published morphological analysers (docs/decisions/008-search-by-pairs.md).
 */

/** Raised when the same text gives other tokens than before: `madang reindex` then writes every row anew. */
export const analyserVersion = 4

const plain = /^[\t\n\u0020-\u007e\u3001-\u3003\u3008-\u3011\u3131-\u318e\uac00-\ud7a3]*$/
const notLetters = /[^\u3131-\u318e]+/g

/**
 * The form in which texts are compared: NFKC (NFD equals NFC, half width equals full width), lower case. Single Korean
 * letters stay as they are: NFKC would turn ㅋㅋ into forms that nobody types.
 */
export function fold(text: string): string {
  if (plain.test(text)) return text.toLowerCase()
  return text
    .normalize('NFC')
    .replace(notLetters, (part) => part.normalize('NFKC').toLowerCase())
    .normalize('NFC')
}

const [apart, word, paired] = [0, 1, 2]

/** What each UTF-16 unit is; filled as texts bring them. 255: not looked at yet. */
const kinds = new Uint8Array(65_536).fill(255)

function kindOf(text: string, at: number): number {
  const code = text.charCodeAt(at)
  // Outside the basic plane only Chinese characters are letters here; emoji separate.
  if (code >= 0xd800 && code < 0xe000) return isRareHan(text, at) ? paired : apart
  const known = kinds[code] ?? apart
  if (known !== 255) return known
  const character = String.fromCharCode(code)
  const found = /[\p{sc=Hangul}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}ー]/u.test(character)
    ? paired
    : /[\p{L}\p{N}\p{M}]/u.test(character)
      ? word
      : apart
  kinds[code] = found
  return found
}

function isRareHan(text: string, at: number): boolean {
  const start = (text.charCodeAt(at) & 0xfc00) === 0xdc00 ? at - 1 : at
  return /\p{sc=Han}/u.test(String.fromCodePoint(text.codePointAt(Math.max(0, start)) ?? 0))
}

/** A run of one kind of writing within a folded text; `paired`: read by pairs of characters. */
export type Run = { text: string; at: number; paired: boolean }

export function runsOf(folded: string): Run[] {
  const runs: Run[] = []
  let kind = apart
  let start = 0
  for (let at = 0; at <= folded.length; at++) {
    const next = at < folded.length ? kindOf(folded, at) : apart
    if (next === kind) continue
    if (kind !== apart) runs.push({ text: folded.slice(start, at), at: start, paired: kind === paired })
    kind = next
    start = at
  }
  return runs
}

/** Longer words than this are found by their beginning. */
export const longestWord = 40

export function pairsOf(run: string): string[] {
  const pairs: string[] = []
  for (let at = 0; at + 2 <= run.length; at++) pairs.push(run.slice(at, at + 2))
  return pairs
}

/** A Korean word without its particle ("학교에서" = 학교), and everything else as it is. */
export function stemOf(run: string): string {
  for (let length = Math.min(4, run.length - 1); length > 0; length--) {
    const stem = run.length - length
    // What would be left of a shorter word says nothing by itself.
    if (stem >= 2 && particles.has(run.slice(stem))) return run.slice(0, stem)
  }
  return run
}

/**
 * What was typed without the particle behind its last Latin word or number ("Python으로", "5월에"), which is no part of a
 * Korean word that could lose it.
 */
export function withoutParticle(typed: string): string {
  const [before, last] = runsOf(typed).slice(-2)
  if (!before || !last || before.paired || !last.paired) return typed
  const isNumber = /\p{N}$/u.test(before.text)
  for (let length = Math.min(4, last.text.length); length > 0; length--) {
    const particle = last.text.slice(-length)
    if (particles.has(particle) && !(isNumber && units.has(particle)))
      return typed.slice(0, last.at + last.text.length - length)
  }
  return typed
}

/** An English word without the s of many ("questions" = question), which is what words begin with; others as they are. */
export const singularOf = (word: string) => (/^[a-z]{3,}[a-hj-rtv-z]s$/.test(word) ? word.slice(0, -1) : word)

/** The first consonants of Korean syllables ("대학" = ㄷㅎ), other characters as they are. */
export function initialsOf(text: string): string {
  return text.replace(
    /[\uac00-\ud7a3]/g,
    (syllable) => consonants[((syllable.charCodeAt(0) - 0xac00) / 588) | 0] ?? '',
  )
}

/** Whether somebody typed first consonants alone. */
export const isInitials = (text: string) => /^[\u3131-\u314e]{2,}$/.test(text)

/** What a text's rows in the index are made of. At most `mostTokens`: the rest of an endless text is not searched. */
function addTokens(text: string, tokens: Set<string>): Set<string> {
  for (const run of runsOf(fold(text))) {
    if (tokens.size >= mostTokens) break
    if (!run.paired) tokens.add(run.text.slice(0, longestWord))
    else addPairs(run.text, tokens)
  }
  return tokens
}

const mostTokens = 20_000

/**
 * A word's pairs but for those within its particle: nobody looks for particles, and a tenth of all pairs are such. The
 * pair of the stem's end and the particle's beginning stays where the particle may be none (전체회의 holds 회의).
 */
function addPairs(run: string, tokens: Set<string>): void {
  const stem = stemOf(run)
  const isSure = unmistakable.has(run.charAt(stem.length))
  const end = Math.min(run.length, isSure ? stem.length : stem.length + 1)
  for (let at = 0; at + 2 <= end; at++) tokens.add(run.slice(at, at + 2))
  const last = run.slice(-1)
  // One syllable is found as the beginning of a pair, and by itself at the end of short words: long ones are verbs.
  const isNoun = run.length <= 3 && stem === run && !endings.has(last)
  if (run.length === 1 || (isNoun && !(run.length === 3 && verbEndings.has(last)))) tokens.add(last)
}

/** Marks the first consonants of a title's words: of so many syllables, the title itself says the rest. */
export const initialsMark = '~'
/** The same of so many syllables from a word's third on, where the second half of a compound begins; fewer stand in every other title. */
export const innerInitialsMark = '~~'
export const mostInitials = 3

/** A post's tokens: of title, tags and text together; whether it is the title the title says. */
export function postTokens(post: { title: string; tags: readonly string[]; text: string }): string[] {
  const head = `${post.title}\n${post.tags.join('\n')}`
  const tokens = addTokens(post.text, addTokens(head, new Set()))
  for (const run of runsOf(fold(head))) {
    if (!run.paired || run.text.length < 2) continue
    const initials = initialsOf(run.text)
    tokens.add(initialsMark + initials.slice(0, mostInitials))
    for (let at = 2; at + mostInitials <= initials.length; at++)
      tokens.add(innerInitialsMark + initials.slice(at, at + mostInitials))
  }
  return [...tokens]
}

/**
 * Rows carry their id without its last bits as one more token: so the index itself can be asked for the newest of a
 * frequent word, without going through the ids of the table.
 */
export const epochMark = '#'
export const epochBits = 14

export function commentTokens(text: string): string[] {
  return [...addTokens(text, new Set())]
}
