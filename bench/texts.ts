import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { renderMarkdown } from '#platform/markdown.ts'

export type Text = { title: string; body: string; html: string }
/** `long` for posts (a few paragraphs), `short` for comments (one to three sentences). */
export type Texts = { source: string; long: Text[]; short: Text[] }

const community = join(import.meta.dirname, '../../shared/data/community')

/** Korean texts of real people where the data folder is present, generated ones elsewhere; the same every time. */
export function loadTexts(): Texts {
  const reviews = join(community, 'nsmc-reviews-300k.tsv.gz')
  const petitions = join(community, 'petitions-ko.jsonl.gz')
  if (!existsSync(reviews) || !existsSync(petitions)) return generated()
  const short = linesOf(reviews)
    .slice(1, 6001)
    .map((line) => line.split('\t')[5] ?? '')
    .filter((text) => text.length > 15)
  const long = linesOf(petitions).flatMap((line) => {
    const row: unknown = line ? JSON.parse(line) : null
    return isPetition(row) ? [row] : []
  })
  return {
    source: 'nsmc, petitions',
    long: long.slice(0, 800).map(({ title, content }) => toText(title, paragraphs(content.slice(0, 900)))),
    short: Array.from({ length: 3000 }, (_, i) => {
      const sentences = Array.from({ length: 2 + (i % 3) }, (_, j) => short[(i * 3 + j) % short.length] ?? '')
      return toText(sentences[0] ?? '', sentences.join(' '))
    }),
  }
}

function linesOf(path: string): string[] {
  return gunzipSync(readFileSync(path)).toString('utf8').split('\n')
}

function isPetition(row: unknown): row is { title: string; content: string } {
  return typeof row === 'object' && row !== null && 'title' in row && 'content' in row
}

function toText(title: string, body: string): Text {
  return { title: title.slice(0, 80), body, html: renderMarkdown(body) }
}

function paragraphs(text: string): string {
  return text.replace(/([.?!])\s+/g, (mark, _, at: number) => (at % 4 === 0 ? `${mark.trim()}\n\n` : mark))
}

const words =
  '마을 저녁 바람 골목 이야기 사람 가을 텃밭 배추 산책 도서관 라디오 노을 빵집 강아지 처음 오늘 함께'.split(
    ' ',
  )

function generated(): Texts {
  const sentence = (seed: number, length: number) =>
    Array.from({ length }, (_, i) => words[(seed * 7 + i * i * 3) % words.length]).join(' ')
  const long = (i: number) => Array.from({ length: 4 }, (_, j) => `${sentence(i + j, 50)}.`).join('\n\n')
  return {
    source: 'generated',
    long: Array.from({ length: 400 }, (_, i) => toText(sentence(i, 6), long(i))),
    short: Array.from({ length: 1000 }, (_, i) => toText(sentence(i, 5), `${sentence(i, 15 + (i % 20))}.`)),
  }
}
