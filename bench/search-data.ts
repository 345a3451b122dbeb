import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** Reads the public sets that the search is measured on; they are given by path, never kept here. */

export function readText(path: string): string {
  const bytes = readFileSync(path)
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').replace(/^\ufeff/, '')
}

export type Question = { text: string; doc: number }

/** KorQuAD: paragraphs with the title of their article, and the questions asked of them. */
export function readKorquad(path: string): {
  docs: { title: string; text: string }[]
  questions: Question[]
} {
  const file: { data: { title: string; paragraphs: { context: string; qas: { question: string }[] }[] }[] } =
    JSON.parse(readText(path))
  const docs: { title: string; text: string }[] = []
  const questions: Question[] = []
  for (const article of file.data) {
    for (const { context, qas } of article.paragraphs) {
      for (const { question } of qas) questions.push({ text: question, doc: docs.length })
      docs.push({ title: article.title, text: context })
    }
  }
  return { docs, questions }
}

export type Pair = { one: string; two: string; same: boolean }

/** Question_pair, by the names of its columns; its authors write 0 for a duplicate. */
export function readPairs(path: string): Pair[] {
  const [header = '', ...lines] = readText(path).split(/\r?\n/)
  const names = splitCsv(header)
  const [one, two, flag] = ['question1', 'question2', 'is_duplicate'].map((name) => names.indexOf(name))
  return lines.flatMap((line) => {
    const cells = splitCsv(line)
    const [first, second, mark] = [cells[one ?? 0], cells[two ?? 0], cells[flag ?? 0]]
    return first && second && mark ? [{ one: first, two: second, same: mark.trim() === '0' }] : []
  })
}

function splitCsv(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, bare = '']) =>
    quoted === undefined ? bare : quoted.replaceAll('""', '"'),
  )
}

/** Texts of people: reviews by film (tab-separated, `text` last but by its header) and petitions (JSON lines). */
export function readReviews(path: string): string[] {
  const [header = '', ...lines] = readText(path).split('\n')
  const at = header.split('\t').indexOf('text')
  return lines.map((line) => line.split('\t')[at] ?? '').filter((text) => text.length > 3)
}

export function readPetitions(path: string): { title: string; text: string }[] {
  return readText(path)
    .split('\n')
    .flatMap((line) => {
      if (!line) return []
      const row: { title?: string; content?: string } = JSON.parse(line)
      return row.title && row.content ? [{ title: row.title, text: row.content }] : []
    })
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
export const escapeText = (text: string) => text.replace(/[&<>"]/g, (character) => entities[character] ?? '')
