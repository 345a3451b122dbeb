import { describe, expect, test } from 'vitest'
import { excerptOf } from './excerpt.ts'
import { renderMarkdown } from './markdown.ts'

describe('the first words of a rendered text', () => {
  test.each([
    ['# 제목\n\n**굵게** [링크](https://x.example) `code`', '제목 굵게 링크 code'],
    ['- 하나\n- 둘\n\n> 셋', '하나 둘 셋'],
    ['first\nsecond', 'first second'],
    ['a < b && c > "d"', 'a < b && c > "d"'],
    ['before\n\n```js\nconst hidden = 1\n```\n\nafter', 'before after'],
    ['', ''],
  ])('%j', (source, text) => {
    expect(excerptOf(renderMarkdown(source), 160)).toBe(text)
  })

  test('are cut by characters, never inside one', () => {
    expect(excerptOf('<p>😀😀😀😀</p>', 3)).toBe('😀😀…')
    expect(excerptOf('<p>😀😀😀</p>', 3)).toBe('😀😀😀')
    expect(excerptOf(renderMarkdown('가나다 '.repeat(500)), 160)).toMatch(/^가나다 .*…$/)
  })

  test('leave nothing of a tag or entity that the cut goes through', () => {
    for (let length = 1; length < 60; length++) {
      const html = renderMarkdown(`${'a'.repeat(length)} **b** & [c](https://example.org) <d> &`.repeat(9))
      expect(excerptOf(html, 20)).toMatch(/^a[a-d &<>]*…$/)
    }
  })
})
