import { fold, initialsOf, isInitials } from './analyse.ts'
import { isWordLetter, wordsBeginning } from './matching.ts'
import { joinedWords, type Query } from './query.ts'

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

/** What to mark: `stem` where it stands, and `text`, which begins with it, where all of it does; `joined`: instead of its parts. */
export type Needle = { stem: string; text: string; paired: boolean; joined?: boolean }

/** Words without particles, Latin beginnings, phrases, and words of several parts (C++, 1학년) as they were typed. */
export function needlesOf(query: Query): Needle[] {
  const whole = (text: string, joined: boolean) => {
    return { stem: text, text, paired: !startsWithLetter(text), joined }
  }
  const needles = [
    ...query.phrases.map((text) => whole(text, false)),
    ...joinedWords(query).map((text) => whole(text, true)),
    ...query.words.flatMap((word) => word.parts),
  ]
  return [...new Map(needles.map((needle) => [needle.text, needle])).values()].slice(0, 40)
}

const startsWithLetter = (text: string) => isWordLetter(text.charAt(0))

/** So many places of one word: more do not fit into an excerpt. */
const mostPlaces = 50

function findHits(folded: string, needles: readonly Needle[]): Hit[] {
  const hits: Hit[] = []
  const joins: string[] = []
  for (const [word, { stem, text, paired, joined }] of needles.entries()) {
    if (joins.some((one) => one.includes(text))) continue
    const found = (paired ? placesOf(folded, stem) : wordsBeginning(folded, stem)).take(mostPlaces).toArray()
    for (const at of found)
      hits.push({ at, end: at + (folded.startsWith(text, at) ? text : stem).length, word })
    if (joined && found.length > 0) joins.push(text)
    if (found.length > 0 || stem.length < 3) continue
    const apart = spaced(folded, text, word) ?? spaced(folded, stem, word)
    hits.push(...(apart ? [apart] : needles.length > 1 ? [] : pieces(folded, text)))
  }
  return hits.sort(byPlace)
}

function* placesOf(folded: string, stem: string): Generator<number> {
  for (let at = folded.indexOf(stem); at >= 0; at = folded.indexOf(stem, at + stem.length)) yield at
}

const byPlace = (one: Hit, two: Hit) => one.at - two.at

/** Where the writer put a space into the word. */
function spaced(folded: string, needle: string, word: number): Hit | null {
  if (!/^[\uac00-\ud7a3]+$/.test(needle)) return null
  const match = new RegExp(`(?<![\\uac00-\\ud7a3])${Array.from(needle).join(' ?')}`).exec(folded)
  return match && { at: match.index, end: match.index + match[0].length, word }
}

/** Of a compound that stands nowhere whole, the longest pieces that do: they are why the text was found. */
function pieces(folded: string, needle: string): Hit[] {
  const hits: Hit[] = []
  if (!/^[\uac00-\ud7a3]{4,12}$/.test(needle)) return hits
  for (let from = 0; from + 2 <= needle.length; ) {
    let to = needle.length
    while (to - from >= 2 && !folded.includes(needle.slice(from, to))) to--
    const piece = needle.slice(from, to)
    if (piece.length < 2) from++
    else {
      for (const at of placesOf(folded, piece).take(mostPlaces))
        hits.push({ at, end: at + piece.length, word: from })
      from = to
    }
  }
  return hits
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
export function markWhole(text: string, needles: readonly Needle[]): Marked {
  const { folded, map } = foldWithMap(text)
  const initials = needles.filter(({ stem }) => isInitials(stem))
  const hits = [
    ...findHits(folded, needles),
    ...(initials.length > 0 ? findHits(initialsOf(folded), initials) : []),
  ]
  return { text, marks: marksOf(hits.sort(byPlace), map) }
}

/** The piece of a text that holds most of the words, at most some two lines of it. */
export function makeSnippet(full: string, needles: readonly Needle[]): Marked {
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
