import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** Rows of docs/security.md: number, what was the hole, what shows that it is none here. */
const rows = [
  ...readFileSync('docs/security.md', 'utf8').matchAll(/^\| (S\d\d) \| ([^|]+) \| ([^|]+) \|$/gm),
].map(([, row = '', hole = '', shown = '']) => ({ row, hole, shown }))

test('the table has every row from S01 to S50, once and in order', () => {
  const numbers = Array.from({ length: 50 }, (_, index) => `S${String(index + 1).padStart(2, '0')}`)
  expect(rows.map(({ row }) => row)).toEqual(numbers)
})

test('every row names tests that are there, or says why there is nothing to test', () => {
  const wrong: string[] = []
  for (const { row, shown } of rows) {
    const named = [...shown.matchAll(/`([\w./-]+\.test\.ts)` ((?:"[^"]+"(?:, )?)+)/g)]
    if (named.length === 0 && !shown.startsWith('Not yet: ') && !shown.startsWith('Cannot be: '))
      wrong.push(`${row} names no test`)
    for (const [, file = '', titles = ''] of named) {
      const text = readFileSync(file, 'utf8')
      for (const [, title = ''] of titles.matchAll(/"([^"]+)"/g))
        if (!text.includes(title)) wrong.push(`${row} ${file}: ${title}`)
    }
  }
  expect(wrong).toEqual([])
})

test('every test that carries the number of a row stands in that row', () => {
  const missing: string[] = []
  for (const file of globSync('test/security/*.test.ts')) {
    const text = readFileSync(file, 'utf8')
    for (const [title = ''] of text.matchAll(/(?<=(?:test|describe)(?:\.each)?\(\s*['`])S\d\d\b[^\n]*/g))
      for (const [number = ''] of title.matchAll(/\bS\d\d\b/g)) {
        const shown = rows.find(({ row }) => row === number)?.shown ?? ''
        if (!shown.includes(file.replaceAll('\\', '/'))) missing.push(`${number} ${file}`)
      }
  }
  expect(missing).toEqual([])
})
