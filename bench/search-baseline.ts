import { fold, runsOf } from '#modules/search/analyse.ts'
import type { Collection } from './search-data.ts'

const [k1, b] = [1.2, 0.75]

function pairsOf(text: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const run of runsOf(fold(text))) {
    const isWhole = !run.paired || run.text.length === 1
    const tokens = isWhole
      ? [run.text]
      : Array.from({ length: run.text.length - 1 }, (_, at) => run.text.slice(at, at + 2))
    for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1)
  }
  return counts
}

/**
 * Plain BM25 over pairs of characters, in memory over all texts: what the search has to beat.
 * @returns for each question the texts' numbers, the ten best first
 */
export function rankPlainly({ docs, questions }: Collection): number[][] {
  const counted = docs.map(pairsOf)
  const lengths = counted.map((counts) => counts.values().reduce((sum, count) => sum + count, 0))
  const mean = lengths.reduce((sum, length) => sum + length, 0) / docs.length
  const places = new Map<string, [doc: number, count: number][]>()
  for (const [doc, counts] of counted.entries())
    for (const [token, count] of counts) {
      const list = places.get(token)
      if (list) list.push([doc, count])
      else places.set(token, [[doc, count]])
    }
  return questions.map(({ text }) => {
    const scores = new Map<number, number>()
    for (const token of pairsOf(text).keys()) {
      const list = places.get(token) ?? []
      const rarity = Math.log(1 + (docs.length - list.length + 0.5) / (list.length + 0.5))
      for (const [doc, count] of list) {
        const norm = k1 * (1 - b + (b * (lengths[doc] ?? 0)) / mean)
        scores.set(doc, (scores.get(doc) ?? 0) + (rarity * count * (k1 + 1)) / (count + norm))
      }
    }
    return [...scores]
      .sort((one, two) => two[1] - one[1] || one[0] - two[0])
      .slice(0, 10)
      .map(([doc]) => doc)
  })
}
