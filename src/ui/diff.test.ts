import { expect, test } from 'vitest'
import { pageFor } from '#test/support/fixtures.ts'
import { diffTexts, diffView } from './diff.ts'

const shown = (before: string, after: string) => diffView(pageFor('ko'), diffTexts(before, after).blocks).text

test('changed words are marked, Korean ones whole with their particles', () => {
  const text = shown('배추를 심었다\n같은 줄\n', '무를 심었다\n같은 줄\n')
  expect(text).toContain('<del>배추를</del> 심었다')
  expect(text).toContain('<ins>무를</ins> 심었다')
  expect(text).toContain('<div class="same">같은 줄')
})

test('text that looks like markup stays text', () => {
  expect(shown('<b>a</b>', '<i>a</i>')).not.toMatch(/<[bi]>/)
})

test('equal texts say so, and long equal runs fold', () => {
  expect(shown('a', 'a')).toContain('같습니다')
  const lines = 'x\n'.repeat(20)
  expect(shown(`a\n${lines}`, `b\n${lines}`)).toContain('<details>')
})

test('both sides put together give both texts again', () => {
  const [before, after] = ['하나 둘\n셋\n넷 다섯\n', '하나 두울\n셋\n넷\n여섯\n']
  const { blocks } = diffTexts(before, after)
  const side = (pick: 'before' | 'after') =>
    blocks
      .map((block) => ('same' in block ? block.same : block[pick].map((part) => part.text).join('')))
      .join('')
  expect(side('before')).toBe(before)
  expect(side('after')).toBe(after)
})

test('two long texts that share nothing are compared by lines', () => {
  const noise = (seed: number) =>
    Array.from({ length: 12_000 }, (_, i) => ((i * seed) % 9973).toString(36)).join(seed % 2 ? '\n' : ' ')
  const { byLines } = diffTexts(noise(7919), noise(104_729))
  diffTexts(noise(7918).slice(0, 29_000), noise(104_728).slice(0, 29_000))
  expect(byLines).toBe(true)
})
