import { disassemble } from 'es-hangul'
import { ask, type Db } from '#platform/database.ts'
import { fold, isInitials } from './analyse.ts'
import type { Query, Word } from './query.ts'

// What somebody may have meant who mistyped a word: the nearest of the words that stand in posts which everyone may read.

const limits = { corrected: 3, words: 4, compared: 2000, letters: 40 }

const korean = /^[\uac00-\ud7a3]{2,12}$/
const latin = /^\p{sc=Latin}{4,24}$/u

/** Whether a word is one that can be meant; numbers and the like are known to nobody else. */
export const isSpelled = (word: string) => korean.test(word) || latin.test(word)

/** A word letter by letter as it is typed ("대학" = ㄷㅐㅎㅏㄱ). */
export const lettersOf = (word: string) => disassemble(word)

/**
 * The least number of letters put in, left out, changed, or changed with their neighbour, that make one word the other
 * (optimal string alignment). @returns `most + 1` for all that is further apart
 */
export function distance(one: string, two: string, most: number): number {
  if (Math.abs(one.length - two.length) > most) return most + 1
  let before: number[] = []
  let last = Array.from({ length: two.length + 1 }, (_, at) => at)
  for (let row = 1; row <= one.length; row++) {
    const next = [row]
    for (let at = 1; at <= two.length; at++) {
      const isSame = one[row - 1] === two[at - 1]
      const swapped = one[row - 1] === two[at - 2] && one[row - 2] === two[at - 1]
      next[at] = Math.min(
        (last[at] ?? 0) + 1,
        (next[at - 1] ?? 0) + 1,
        (last[at - 1] ?? 0) + Number(!isSame),
        swapped ? (before[at - 2] ?? 0) + 1 : most + 1,
      )
    }
    if (Math.min(...next) > most) return most + 1
    before = last
    last = next
  }
  return last[two.length] ?? 0
}

/** How many letters of so many may be wrong; Korean of three syllables has up to nine, and two others are another word. */
const mostWrong = (letters: number, isKorean: boolean) =>
  letters < 4 ? 0 : letters < (isKorean ? 10 : 8) ? 1 : 2

/** A slip leaves as many syllables; other endings (재미있어, 재밌어) do not, and are no slips. */
const isLikely = (typed: string, meant: string) => !korean.test(typed) || typed.length === meant.length

type Known = { word: string; letters: string; docs: number }

/** Words of about this length that begin or end alike: with so few letters wrong, one of its ends is whole. */
const nearQuery = `
  select word, letters, docs from (
    select * from search_words where letters >= $1 and letters < $1 || chr(1114111)
    union select * from search_words where reverse(letters) >= $2 and reverse(letters) < $2 || chr(1114111)
  ) w where length(letters) between $3::int and $4::int order by docs desc, word limit ${limits.compared}`

/** The nearest known word, the more frequent of two; null when this one is known itself, or none is near. */
async function nearestTo(db: Db, word: string): Promise<string | null> {
  const letters = lettersOf(word)
  const most = mostWrong(letters.length, korean.test(word))
  if (most === 0 || letters.length > limits.letters || isInitials(word)) return null
  const whole = Math.floor(letters.length / (most + 1))
  const ends = [letters.slice(0, whole), Array.from(letters.slice(-whole)).reverse().join('')]
  const known = await ask<Known>(db, nearQuery, [...ends, letters.length - most, letters.length + most])
  const own = known.find((one) => one.letters === letters)?.docs ?? 0
  let best: { word: string; cost: number } | null = null
  // They come by how frequent they are: only what is nearer is better. A wrong letter is likelier than a missing one.
  for (const one of known) {
    if (one.docs < own * 3 || one.letters === letters || !isLikely(word, one.word)) continue
    const apart = distance(letters, one.letters, most)
    const cost = 2 * apart + Number(one.letters.length !== letters.length)
    if (apart <= most && cost < (best?.cost ?? Infinity)) best = { word: one.word, cost }
  }
  return best?.word ?? null
}

/** A word's only part, when it may be mistyped. */
function partOf({ parts }: Word): string | null {
  const [part] = parts
  if (!part || parts.length > 1) return null
  const word = part.paired ? part.stem : part.text
  return (part.paired ? word.length >= 2 : latin.test(word)) ? word : null
}

/**
 * What was typed with its unknown words replaced by the nearest known ones; null when there is nothing to replace.
 * `isFound` tells whether a word by itself finds enough, so that it is as it was meant.
 */
export async function respell(
  db: Db,
  { typed, query, isFound }: { typed: string; query: Query; isFound: (word: string) => Promise<boolean> },
): Promise<string | null> {
  const { words } = query
  if (words.length === 0 || words.length > limits.words) return null
  let text = fold(typed)
  let replaced = 0
  for (const word of words.slice(0, limits.corrected)) {
    const stem = partOf(word)
    const nearest = stem === null ? null : await nearestTo(db, stem)
    if (stem === null || nearest === null || (words.length > 1 && (await isFound(word.text)))) continue
    // As a word by itself: the same may stand in an operator's value.
    const meant = word.text.replace(stem, nearest)
    text = text.replace(/\S+/g, (piece) => (piece === word.text ? meant : piece))
    replaced++
  }
  return replaced === 0 ? null : text.replace(/\s+/g, ' ').trim()
}
