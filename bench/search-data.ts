import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** Reads the public sets that the search is measured on; they lie beside the repository, never in it. */

const folder = join(import.meta.dirname, '../../shared/data')
/** @throws Error naming the file that is missing. */
export function dataFile(name: string): string {
  const path = join(folder, name)
  if (!existsSync(path)) throw new Error(`${path} is missing: the search is measured on real texts only`)
  return path
}

function readText(path: string): string {
  const bytes = readFileSync(path)
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').replace(/^\ufeff/, '')
}

export type Question = { text: string; doc: number }

/** Texts, and questions to which one of them is the answer. */
export type Collection = { name: string; docs: string[]; questions: Question[] }

/** KorQuAD 1.0: paragraphs of an encyclopedia, and the questions asked of them. */
export function readKorquad(): Collection {
  const file: { data: { paragraphs: { context: string; qas: { question: string }[] }[] }[] } = JSON.parse(
    readText(dataFile('search/korquad-v1.0-dev.json.gz')),
  )
  const docs: string[] = []
  const questions: Question[] = []
  for (const { context, qas } of file.data.flatMap((article) => article.paragraphs)) {
    for (const { question } of qas) questions.push({ text: question, doc: docs.length })
    docs.push(context)
  }
  return { name: 'KorQuAD: question, paragraph', docs, questions }
}

const namesItself = (text: string) => text.split(/\s+/).length >= 3

/** Petitions: the text is looked for by its title. */
export function readTitled(): Collection {
  const texts = readPetitions(dataFile('community/petitions-ko.jsonl.gz')).filter(
    ({ text }) => text.length > 100,
  )
  const questions = texts.flatMap(({ title }, doc) =>
    namesItself(title) && doc % 2 === 0 ? [{ text: title, doc }] : [],
  )
  return { name: 'petitions: title, text', docs: texts.map(({ text }) => text), questions }
}

/** A site of Stack Exchange: an English question's or answer's text is looked for by the question's title. */
export function readEnglish(): Collection {
  const rows = readText(dataFile('stackexchange-history-meta/Posts.xml.gz')).match(/<row [^>]*>/g) ?? []
  const docs: string[] = []
  const questions: Question[] = []
  for (const row of rows) {
    const value = (name: string) => readable(new RegExp(` ${name}="([^"]*)"`).exec(row)?.[1] ?? '')
    const text = readable(value('Body').replace(/<[^>]*>/g, ' '))
    if (text.length < 40) continue
    const title = value('Title')
    if (title !== '') questions.push({ text: title, doc: docs.length })
    docs.push(text)
  }
  return { name: 'Stack Exchange, English: title, text', docs, questions }
}

const characters: Record<string, string> = {
  lt: '<',
  gt: '>',
  quot: '"',
  amp: '&',
  '#xA': '\n',
  '#xD': '\n',
  '#39': "'",
}
const readable = (text: string) =>
  text.replace(/&(#?\w+);/g, (whole, name: string) => characters[name] ?? whole)

/** Short questions and sentences: one of a pair that says the same is looked for by the other. */
export function readShort(): Collection[] {
  const duplicates = [...readPairs('train'), ...readPairs('test')]
  const rows = ['dev', 'test'].flatMap((half) =>
    readText(dataFile(`search/korsts-${half}.tsv.gz`))
      .split('\n')
      .slice(1),
  )
  const sentences = rows.flatMap((row) => {
    const [score = '', one = '', two = ''] = row.split('\t').slice(4)
    return one && two ? [{ one, two, same: Number(score) >= 4 }] : []
  })
  return [
    retrieve('Question_pair: question, its duplicate', duplicates),
    retrieve('KorSTS: sentence, one that says the same', sentences),
  ]
}

function retrieve(name: string, pairs: readonly Pair[]): Collection {
  const docs = [...new Set(pairs.map((pair) => pair.two))]
  const places = new Map(docs.map((text, doc) => [text, doc]))
  const questions = pairs.flatMap(({ one, two, same }) =>
    same && one !== two ? [{ text: one, doc: places.get(two) ?? 0 }] : [],
  )
  return { name, docs, questions }
}

export type Pair = { one: string; two: string; same: boolean }

/** Question_pair, by the names of its columns; its authors write 0 for a duplicate. */
export function readPairs(half: 'train' | 'test'): Pair[] {
  const [header = '', ...lines] = readText(dataFile(`search/question-pair-ko-${half}.csv.gz`)).split(/\r?\n/)
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

/** What posts are made of, and what is asked of them. */
export type Sources = {
  /** Korean sentences about films. */
  reviews: string[]
  /** Korean letters of many paragraphs. */
  petitions: { title: string; text: string }[]
  /** English sentences from a forum. */
  english: string[]
  /** Questions that people asked an encyclopedia. */
  asked: string[]
}

export function readSources(): Sources {
  return {
    reviews: readReviews(dataFile('community/nsmc-reviews-300k.tsv.gz')),
    petitions: readPetitions(dataFile('community/petitions-ko.jsonl.gz')),
    english: readText(dataFile('emotion/goemotions-en-train.tsv.gz'))
      .split('\n')
      .map((line) => line.split('\t')[0] ?? '')
      .filter((text) => text.length > 15),
    asked: readText(dataFile('search/korean-queries.tsv.gz'))
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t')[2] ?? '')
      .filter((text) => text !== ''),
  }
}

function readReviews(path: string): string[] {
  const [header = '', ...lines] = readText(path).split('\n')
  const at = header.split('\t').indexOf('text')
  return lines.map((line) => line.split('\t')[at] ?? '').filter((text) => text.length > 3)
}

function readPetitions(path: string): { title: string; text: string }[] {
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
