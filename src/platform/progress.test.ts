import { expect, test } from 'vitest'
import { showProgress } from './progress.ts'

function show(isTTY: boolean, steps: [phase: string, done: number, total: number | null, at: number][]) {
  let written = ''
  let time = 0
  const progress = showProgress({ isTTY, columns: 60, write: (text) => (written += text) }, () => time)
  for (const [phase, done, total, at] of steps) {
    time = at
    progress.step({ phase, done, total })
  }
  progress.end()
  return written
}

test('where there is no terminal, plain lines: each new phase, and every five seconds', () => {
  const written = show(false, [
    ['posts', 0, 200, 0],
    ['posts', 50, 200, 1000],
    ['posts', 100, 200, 6000],
    ['links', 3, null, 6100],
    ['links', 4, null, 6200],
  ])
  expect(written).toBe('posts 0%\nposts 50%\nlinks 3\nlinks 4\n')
})

test('on a terminal one line is drawn again, not more often than ten times a second', () => {
  const written = show(true, [
    ['posts', 0, 100, 0],
    ['posts', 1, 100, 10],
    ['posts', 50, 100, 150],
  ])
  expect(written.split('\r').length - 1).toBe(2)
  expect(written).toContain('[############------------]  50%')
  expect(written.endsWith('\n')).toBe(true)
})
