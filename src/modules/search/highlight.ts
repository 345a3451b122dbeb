import { fold, initialsOf, isInitials } from './analyse.ts'
import type { Query } from './query.ts'

/** Part of a text and where in it the words stand that were asked for: pairs of offsets, the end not included. */
export type Marked = { text: string; marks: [number, number][] }

const length = 170
const lead = 36

type Hit = { at: number; end: number; word: number }

/** The folded text, and for each of its units where it stood before. null: at the same place. */
function foldWithMap(text: string): { folded: string; map: number[] | null } {
  const folded = fold(text)
  if (folded.length === text.length) return { folded, map: null }
  let result = ''
  const map: number[] = []
  let at = 0
  for (const character of text) {
    const part = fold(character)
    for (let unit = 0; unit < part.length; unit++) map.push(at)
    result += part
    at += character.length
  }
  map.push(at)
  return { folded: result, map }
}

/** What to mark: words without particles, Latin beginnings, phrases. */
export function needlesOf(query: Query): string[] {
  const words = query.words.flatMap((word) => word.parts).map((part) => part.stem)
  return [...new Set([...query.phrases, ...words])].slice(0, 40)
}

function findHits(folded: string, needles: readonly string[]): Hit[] {
  const hits: Hit[] = []
  for (const [word, needle] of needles.entries()) {
    const isLatin = /^[a-z0-9]/.test(needle)
    let found = 0
    for (
      let at = folded.indexOf(needle);
      at >= 0 && found < 50;
      at = folded.indexOf(needle, at + needle.length)
    ) {
      if (
        isLatin &&
        at > 0 &&
        /[\p{L}\p{N}]/u.test(folded[at - 1] ?? '') &&
        !/[\uac00-\ud7a3]/.test(folded[at - 1] ?? '')
      )
        continue
      hits.push({ at, end: at + needle.length, word })
      found++
    }
    if (found === 0 && needle.length >= 3) hits.push(...spaced(folded, needle, word))
  }
  return hits.sort(byPlace)
}

const byPlace = (one: Hit, two: Hit) => one.at - two.at

/** Where the writer put a space into the word. */
function spaced(folded: string, needle: string, word: number): Hit[] {
  if (!/^[\uac00-\ud7a3]+$/.test(needle)) return []
  const match = new RegExp(`(?<![\\uac00-\\ud7a3])${Array.from(needle).join(' ?')}`).exec(folded)
  return match ? [{ at: match.index, end: match.index + match[0].length, word }] : []
}

function marksOf(hits: readonly Hit[], map: number[] | null): [number, number][] {
  const marks: [number, number][] = []
  for (const hit of hits) {
    const [start, end] = map ? [map[hit.at] ?? 0, map[hit.end] ?? 0] : [hit.at, hit.end]
    const last = marks.at(-1)
    if (last && start <= last[1]) last[1] = Math.max(last[1], end)
    else if (end > start) marks.push([start, end])
  }
  return marks
}

/** A whole text (a title) with its marks, also where it begins with the consonants that were asked for. */
export function markWhole(text: string, needles: readonly string[]): Marked {
  const { folded, map } = foldWithMap(text)
  const initials = needles.filter(isInitials)
  const hits = [
    ...findHits(folded, needles),
    ...(initials.length > 0 ? findHits(initialsOf(folded), initials) : []),
  ]
  return { text, marks: marksOf(hits.sort(byPlace), map) }
}

/** The piece of a text that holds most of the words, at most some two lines of it. */
export function makeSnippet(full: string, needles: readonly string[]): Marked {
  const text = full.replace(/\s+/g, ' ').trim()
  const { folded, map } = foldWithMap(text)
  const hits = findHits(folded, needles)
  const place = (at: number) => (map ? (map[at] ?? at) : at)
  const best = densest(hits)
  const start = best === null ? 0 : beginningOfWord(text, Math.max(0, place(best) - lead))
  let end = Math.min(text.length, start + length)
  if (end < text.length) end = endOfWord(text, end)
  const before = start > 0 ? '…' : ''
  const after = end < text.length ? '…' : ''
  const marks = marksOf(hits, map)
    .filter(([from, to]) => from >= start && to <= end)
    .map(([from, to]): [number, number] => [from - start + before.length, to - start + before.length])
  return { text: before + text.slice(start, end) + after, marks }
}

/** The hit after which most different words follow within one piece. */
function densest(hits: readonly Hit[]): number | null {
  let best: { at: number; words: number } | null = null
  for (const [index, hit] of hits.slice(0, 200).entries()) {
    const words = new Set<number>()
    for (let next = index; next < hits.length; next++) {
      const other = hits[next]
      if (!other || other.end > hit.at + length - lead) break
      words.add(other.word)
    }
    if (!best || words.size > best.words) best = { at: hit.at, words: words.size }
  }
  return best?.at ?? null
}

function beginningOfWord(text: string, at: number): number {
  if (at === 0) return 0
  const space = text.indexOf(' ', at)
  const start = space >= 0 && space < at + 20 ? space + 1 : at
  return isLow(text, start) ? start + 1 : start
}

function endOfWord(text: string, at: number): number {
  const space = text.lastIndexOf(' ', at)
  const end = space > at - 20 ? space : at
  return isLow(text, end) ? end - 1 : end
}

/** The second half of a character: no place to cut at. */
const isLow = (text: string, at: number) => (text.charCodeAt(at) & 0xfc00) === 0xdc00
