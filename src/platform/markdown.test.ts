import { describe, expect, test } from 'vitest'
import { mentionedNames, plainText, renderMarkdown } from './markdown.ts'

const rel = 'rel="nofollow ugc noopener"'

describe('what people write', () => {
  const golden: [name: string, source: string, html: string][] = [
    ['emphasis before a Korean particle', '**강조**는', '<p><strong>강조</strong>는</p>\n'],
    [
      'emphasis around quotation marks before a particle',
      '**"인용"**은',
      '<p><strong>&quot;인용&quot;</strong>은</p>\n',
    ],
    ['a new line is a new line', '한 줄\n두 줄', '<p>한 줄<br>\n두 줄</p>\n'],
    ['headings leave h1 to the title', '# 큰\n\n###### 작은', '<h2>큰</h2>\n<h6>작은</h6>\n'],
    ['strikethrough', '~~아니~~', '<p><s>아니</s></p>\n'],
    [
      'a table is aligned by class and can scroll',
      '|a|b|\n|:-:|-|\n|1|2|',
      '<div class="table" tabindex="0"><table>\n<thead>\n<tr>\n<th class="align-center">a</th>\n<th>b</th>\n</tr>\n</thead>\n' +
        '<tbody>\n<tr>\n<td class="align-center">1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table></div>\n',
    ],
    ['HTML is text', '<b onclick=x>a</b>', '<p>&lt;b onclick=x&gt;a&lt;/b&gt;</p>\n'],
    ['an own image', '![그림](/files/a.png)', '<p><img src="/files/a.png" alt="그림" loading="lazy"></p>\n'],
    [
      'a foreign image is a link',
      '![그림](https://x.example/a.png)',
      `<p><a href="https://x.example/a.png" ${rel}>그림</a></p>\n`,
    ],
    [
      'a foreign image in a link is its words',
      '[![그림](https://x.example/a.png)](https://y.example)',
      `<p><a href="https://y.example" ${rel}>그림</a></p>\n`,
    ],
    ['an own link has no rel', '[글](/p/1/a)', '<p><a href="/p/1/a">글</a></p>\n'],
    [
      'a link without a scheme to another host is foreign',
      '[a](//x.example)',
      `<p><a href="//x.example" ${rel}>a</a></p>\n`,
    ],
    [
      'code is coloured by classes',
      '```js\nlet a\n```',
      '<pre><code class="language-javascript"><span class="hljs-keyword">let</span> a\n</code></pre>\n',
    ],
    ['code of an unknown language is plain', '```"><b\n<i>\n```', '<pre><code>&lt;i&gt;\n</code></pre>\n'],
    [
      'tasks are boxes with their words as label',
      '- [ ] **사기**\n- [x] 굽기\n  - [X] 반죽\n- 그냥',
      '<ul>\n<li class="task"><label><input type="checkbox" disabled> <strong>사기</strong></label></li>\n' +
        '<li class="task"><label><input type="checkbox" disabled checked> 굽기</label>\n<ul>\n' +
        '<li class="task"><label><input type="checkbox" disabled checked> 반죽</label></li>\n</ul>\n</li>\n<li>그냥</li>\n</ul>\n',
    ],
    [
      'tasks apart from each other, numbered',
      '1. [x] 하나\n\n2. 둘',
      '<ol>\n<li class="task">\n<p><label><input type="checkbox" disabled checked> 하나</label></p>\n</li>\n<li>\n<p>둘</p>\n</li>\n</ol>\n',
    ],
    [
      'what only looks like a task stays text',
      '[x] a\n\n- \\[ ] b\n- [x]c\n- d [x] e\n- [y] f\n- `[x] g`',
      '<p>[x] a</p>\n<ul>\n<li>[ ] b</li>\n<li>[x]c</li>\n<li>d [x] e</li>\n<li>[y] f</li>\n<li><code>[x] g</code></li>\n</ul>\n',
    ],
    ['nothing', '', ''],
  ]
  test.each(golden)('%s', (_name, source, html) => {
    expect(renderMarkdown(source)).toBe(html)
  })

  test.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java&#10;script:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    '&#106;avascript:x',
    'file:///etc',
  ])('refuses the address %s', (address) => {
    expect(
      renderMarkdown(`[a](${address}) ![b](${address}) <${address}>\n\n[c]\n\n[c]: ${address}`),
    ).not.toMatch(/href|src=/)
  })
})

test.each([
  ['quotations', `${'> '.repeat(25)}deep`, '<blockquote>', 20, '<p>&gt; &gt; &gt; &gt; &gt; deep</p>'],
  ['lists', Array.from({ length: 12 }, (_, i) => `${'  '.repeat(i)}- l${i}`).join('\n'), '<ul>', 10, '- l11'],
  ['lists on one line', `${'- '.repeat(12)}deep`, '<ul>', 10, '<li>- - deep</li>'],
  ['quoted lists', `${'> - '.repeat(10)}deep`, '<blockquote>', 7, '&gt; - &gt; - &gt; - deep'],
])('%s too deep to be shown as such stay text, and nothing is lost', (...given) => {
  const [, source, tag, times, text] = given
  const shown = renderMarkdown(source)
  expect(shown.split(tag).length - 1).toBe(times)
  expect(shown).toContain(text)
})

describe('bare addresses', () => {
  test.each([
    ['https://example.com에서', 'https://example.com'],
    ['https://example.com:8080에서', 'https://example.com:8080'],
    ['https://example.com/about을 봐', 'https://example.com/about'],
    ['https://example.com/%EA%B8%80은', 'https://example.com/%EA%B8%80'],
    ['https://example.com/글을 봐', 'https://example.com/%EA%B8%80%EC%9D%84'],
    ['https://example.com/마을', 'https://example.com/%EB%A7%88%EC%9D%84'],
    ['(https://example.com/a_(b)).', 'https://example.com/a_(b)'],
    ['**https://example.com/a**', 'https://example.com/a'],
    ['https://example.com/?a=1&b=2, ', 'https://example.com/?a=1&amp;b=2'],
    ['[https://example.com/a](https://example.com/b)', 'https://example.com/b'],
    ['[see https://example.com/a] no', 'https://example.com/a'],
    ['「https://example.com/a」라고', 'https://example.com/a'],
    ['HTTP://EXAMPLE.com/a', 'HTTP://EXAMPLE.com/a'],
  ])('%s', (source, href) => {
    expect(renderMarkdown(source)).toContain(`<a href="${href}"`)
  })

  test.each(['https://', 'http:///a', 'xhttps://example.com', '`https://example.com`', 'ftp://example.com'])(
    '%s stays text',
    (source) => {
      expect(renderMarkdown(source)).not.toContain('<a')
    },
  )

  test('a link is never inside another', () => {
    expect(renderMarkdown('[https://a.example @민수](https://b.example)').match(/<a /g)).toHaveLength(1)
  })
})

describe('mentions', () => {
  const mentions = new Map([
    ['민수', '민수'],
    ['alice', 'Alice'],
  ])

  test('known names become links, whatever their case and with a particle after them', () => {
    expect(renderMarkdown('@민수에게 @ALICE, @nobody', { mentions })).toBe(
      '<p><a class="mention" href="/m/%EB%AF%BC%EC%88%98">@민수</a>에게 ' +
        '<a class="mention" href="/m/Alice">@Alice</a>, @nobody</p>\n',
    )
  })

  test.each(['`@alice`', '    @alice', '```\n@alice\n```', '[@alice](/x)', 'bob@alice', 'x.@alice'])(
    '%s mentions nobody',
    (source) => {
      expect(renderMarkdown(source, { mentions })).not.toContain('mention')
      expect(mentionedNames(source)).toEqual([])
    },
  )

  test('names are given in both readings, once each, at most twenty', () => {
    expect(mentionedNames('@민수에게 @민수 @alice. **@bob-**')).toEqual(['민수에게', '민수', 'alice', 'bob'])
    expect(mentionedNames(Array.from({ length: 50 }, (_, i) => `@name${i}`).join(' '))).toHaveLength(20)
  })

  test('HTML in a name is escaped', () => {
    expect(renderMarkdown('@alice', { mentions: new Map([['alice', '<b>"']]) })).toContain(
      'href="/m/%3Cb%3E%22">@&lt;b&gt;&quot;</a>',
    )
  })
})

describe('excerpts', () => {
  test('keep the words and leave out marks and code blocks', () => {
    expect(plainText('- [x] 굽기', 100)).toBe('굽기')
    expect(plainText('# 제목\n\n**굵게** [링크](https://x.example) `code`\n```\nx\n```', 100)).toBe(
      '제목 굵게 링크 code',
    )
  })

  test('are cut by characters as people count them', () => {
    expect(plainText('😀😀😀😀', 3)).toBe('😀😀…')
  })
})

describe('hostile input', () => {
  const repeat = (unit: string) => (size: number) => unit.repeat(Math.ceil(size / unit.length))
  const wrapped =
    (before: string, unit: string, after = '') =>
    (size: number) =>
      before + repeat(unit)(size) + after
  const hostile: Record<string, (size: number) => string> = {
    brackets: repeat('['),
    parentheses: repeat('('),
    stars: repeat('*'),
    'open strong': repeat('**a '),
    'mixed emphasis': repeat('*a **b_ '),
    quotes: repeat('>'),
    'spaced quotes': repeat('> '),
    images: repeat('!['),
    'nested images': (size) => '!['.repeat(size / 6) + '](b)'.repeat(size / 6),
    'nested links': (size) => '['.repeat(size / 6) + '](b)'.repeat(size / 6),
    'open links': repeat('[a]('),
    'open titles': repeat('[a](b "'),
    'list markers': repeat('- '),
    'lists in lists': (size) =>
      Array.from({ length: size / 20 }, (_, i) => `${'  '.repeat(i % 20)}- a\n`).join(''),
    tasks: repeat('- [x] '),
    'lines of tasks': repeat('- [ ] [x]\n'),
    'list in quote in list': repeat('- > '),
    'many columns': (size) => `${'|a'.repeat(size / 4)}|\n${'|-'.repeat(size / 4)}|\n`,
    'many columns and rows': (size) =>
      `${'|a'.repeat(size / 6)}|\n${'|-'.repeat(size / 6)}|\n${'|\n'.repeat(size / 6)}`,
    'table rows': wrapped('|a|b|\n|-|-|\n', '|1|2|\n'),
    references: (size) => Array.from({ length: size / 10 }, (_, i) => `[a${i}]: b\n`).join(''),
    'reference uses': wrapped('[a]: b\n\n', '[a]['),
    backticks: (size) => Array.from({ length: Math.sqrt(size) }, (_, i) => `a${'`'.repeat(i)}`).join(''),
    schemes: repeat('http://'),
    'address with brackets': repeat(`http://a/${')'.repeat(790)} `),
    'address with particles': repeat(`http://a/${'a은'.repeat(390)} `),
    mentions: repeat('@ab'),
    entities: repeat('&#1'),
    tags: repeat('<a '),
    code: wrapped('```ts\n', 'a<b>(c', '\n```'),
  }

  test.each(Object.entries(hostile))(
    '%s: eight times the text takes no more than linear time',
    (_name, make) => {
      const [small, large] = [make(10_000), make(80_000)]
      // In turn, so that a machine that is slow for a moment is slow for both.
      const rounds = Array.from({ length: 6 }, () => ({
        small: milliseconds(small),
        large: milliseconds(large),
      }))
      const best = (size: 'small' | 'large') => Math.min(...rounds.map((round) => round[size]))
      // Quadratic work would be 64 times as slow; below two milliseconds the clock and the compiler decide.
      expect(best('large') / Math.max(best('small'), 2)).toBeLessThan(40)
    },
  )

  test.each(Object.entries(hostile))('%s: the HTML is balanced', (_name, make) => {
    expect(unbalanced(renderMarkdown(make(3_000)))).toEqual([])
  })
})

/** Of this thread's own work: what else the machine does is not counted. */
function milliseconds(source: string): number {
  const start = process.threadCpuUsage()
  renderMarkdown(source)
  return process.threadCpuUsage(start).user / 1000
}

/** Names of elements that are opened and not closed, or closed and not open. */
function unbalanced(html: string): string[] {
  const open: string[] = []
  const wrong: string[] = []
  for (const [, slash, name] of html.matchAll(/<(\/?)([a-z]+\d?)[^>]*>/g)) {
    if (!name || ['br', 'img', 'hr', 'input'].includes(name)) continue
    if (slash && open.pop() !== name) wrong.push(name)
    else if (!slash) open.push(name)
  }
  return [...wrong, ...open]
}
