import { describe, expect, test } from 'vitest'
import { renderMarkdown } from '#platform/markdown.ts'
import { cookedToMarkdown } from './discourse-cooked.ts'
import { escapeLineStarts, htmlToMarkdown } from './html-markdown.ts'
import { rewriteLinks } from './links.ts'

describe('HTML becomes Markdown that says the same', () => {
  test.each([
    ['paragraphs', '<p>a\nb</p>\n\n<p>c</p>', 'a b\n\nc'],
    ['marks', '<p><b>a </b>b <em>c</em> <strike>d</strike></p>', '**a** b *c* ~~d~~'],
    ['nested marks', '<strong><em>x</em></strong> <em>a<em>b</em></em> <em>*</em>', '***x*** *ab* *\\**'],
    ['a line break', 'a<br>b<br/>c', 'a\nb\nc'],
    ['a link', '<a href="https://x.example/(a)">w[o]rds</a>', '[w\\[o\\]rds](<https://x.example/(a)>)'],
    [
      'an address as its own words',
      '<a href="https://x.example/a_b">https://x.example/a_b</a>',
      '<https://x.example/a_b>',
    ],
    ['a link without a scheme', '<a href="//x.example/a">a</a>', '[a](https://x.example/a)'],
    ['an image', '<img src="https://x.example/a.png" alt="a *b*">', '![a \\*b\\*](https://x.example/a.png)'],
    [
      'lists',
      '<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul><ol start="3"><li>d</li></ol>',
      '- a\n  - b\n- c\n\n3. d',
    ],
    ['a rule in a list makes no heading', '<ul><li>a<hr></li><li>b</li></ul>', '- a\n\n  ---\n- b'],
    [
      'a list in a list that begins at two',
      '<ul><li>a<ol start="2"><li>b</li></ol></li></ul>',
      '- a\n\n  2. b',
    ],
    ['a list of paragraphs', '<ul><li><p>a</p><p>b</p></li></ul>', '- a\n\n  b'],
    ['quotes', '<blockquote><p>a</p><blockquote>b</blockquote></blockquote>', '> a\n>\n> > b'],
    ['code', '<pre class="lang-py"><code>a &lt; b\n```\n</code></pre>', '````py\na < b\n```\n````'],
    ['code of no language', '<pre><code class="lang-auto">a</code></pre>', '```\na\n```'],
    ['code in words', '<p><code>a`b</code> <kbd>Ctrl</kbd></p>', '``a`b`` `Ctrl`'],
    [
      'a table',
      '<table><tr><th>a|b<th>c</tr><tr><td>1</tr></table>',
      '| a\\|b | c |\n| --- | --- |\n| 1 |  |',
    ],
    ['headings and rules', '<h1>a</h1><hr><h3>b</h3>', '# a\n\n---\n\n### b'],
    [
      'words that look like marks',
      '<p>*a* _b_ c_d # e &amp;lt; &lt;b&gt;</p>',
      '\\*a\\* \\_b\\_ c_d # e \\&lt; \\<b>',
    ],
    ['lines that look like blocks', '<p># a<br>1. b<br>- c<br>&gt; d</p>', '\\# a\n1\\. b\n\\- c\n\\> d'],
    [
      'raised and lowered letters',
      'H<sub>2</sub>O x<sup>2</sup> 1<sup>st</sup> e<sup>iπ</sup> a<sub>β</sub> <sup>the small print</sup><sup><a href="https://x.example/">[1]</a></sup>',
      'H₂O x² 1ˢᵗ e^(iπ) a\\_β the small print[\\[1\\]](https://x.example/)',
    ],
    [
      'lists in a row stay two',
      '<ul><li>a</li></ul><ul><li>b<ul><li>c</li></ul></li></ul><ul><li>d</li></ul><ol><li>e</li></ol><ol><li>f</li></ol>',
      '- a\n\n* b\n  - c\n\n- d\n\n1. e\n\n1) f',
    ],
    ['pictures in a row', '<img src="/a" alt="a"><img src="/b" alt="b">', '![a](/a) ![b](/b)'],
    ['a spoiler', '<blockquote class="spoiler"><p>he did it</p></blockquote>', '**Spoiler**\n\n> he did it'],
    [
      'a table with sides',
      '<table><tr><th style="text-align: right;">a</th><th align="center">b</th></tr><tr><td>1</td><td>2</td></tr></table>',
      '| a | b |\n| ---: | :---: |\n| 1 | 2 |',
    ],
    ['details', '<details><summary>more</summary><p>a</p></details>', '**more**\n\n> a'],
    [
      'scripts, styles, drawings',
      'a<script>alert(1)</script><style>p{}</style><svg><text>x</text></svg>b',
      'ab',
    ],
    [
      'addresses that run',
      '<a href="javascript:alert(1)">a</a><img src="data:image/png;base64,x" alt="b">',
      'ab',
    ],
    ['a video', '<iframe src="https://v.example/1"></iframe>', '<https://v.example/1>'],
    ['nothing', '<p> </p><ul></ul><pre></pre>', ''],
  ])('%s', (_name, html, markdown) => {
    expect(htmlToMarkdown(html)).toBe(markdown)
  })

  test.each(['<div>', '<b>', '<ul><li>', '<blockquote>', '<table><tr><td>', '<a href="/x">'])(
    '%s a thousand times deep',
    (tag) => {
      expect(() => renderMarkdown(htmlToMarkdown(`${tag.repeat(1000)}x`))).not.toThrow()
    },
  )

  test.each([
    '<img src=x onerror=alert(1)>',
    '<a href="https://x.example/&quot; onmouseover=&quot;alert(1)">a</a>',
    '<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>',
    '<a href="java&#10;script:alert(1)">a</a>',
    '<p>[a](javascript:alert(1))</p>',
    '<pre><code class="lang-a&quot;onclick=&quot;x">a</code></pre>',
    '<math><mi//xlink:href="data:x,<script>alert(1)</script>">',
  ])('nothing runs: %s', (html) => {
    expect(renderMarkdown(htmlToMarkdown(html))).not.toMatch(/<script|<img|<[^>]*\son\w+=|href="(java|data)/i)
  })

  test('Markdown blocks in a one-line comment stay words', () => {
    expect(escapeLineStarts('# no\n1) no\n--- \n>x')).toBe('\\# no\n1\\) no\n\\--- \n\\>x')
  })
})

describe('what Discourse adds to HTML', () => {
  const read = (html: string) => cookedToMarkdown(html, { base: 'https://forum.example', polls: null })

  test.each([
    [
      'a quote names who is quoted',
      '<aside class="quote" data-username="ann" data-post="2"><div class="title"><div class="quote-controls"></div><img class="avatar" src="/a.png"> ann:</div><blockquote><p>yes</p></blockquote></aside>',
      '> @ann:\n>\n> yes',
    ],
    ['a mention is its name', '<a class="mention" href="/u/ann">@ann</a>', '@ann'],
    [
      'known emoji become characters',
      '<img src="/e.png" title=":slight_smile:" class="emoji" alt=":slight_smile:">',
      '🙂',
    ],
    ['others keep their name', '<img title=":party_blob:" class="emoji">', ':party_blob:'],
    [
      'a preview is a link',
      '<aside class="onebox"><header class="source"><a href="https://x.example/a">x.example</a></header><article><h3><a href="https://x.example/a">Title</a></h3><p>long text</p></article></aside>',
      '[Title](https://x.example/a)',
    ],
    [
      'a picture links to the large one',
      '<div class="lightbox-wrapper"><a class="lightbox" href="/uploads/b.png"><img src="/s.png" alt="sea"><div class="meta">b.png 9 kB</div></a></div>',
      '![sea](https://forum.example/uploads/b.png)',
    ],
    ['a spoiler stays apart', '<div class="spoiler"><p>he did it</p></div>', '**Spoiler**\n\n> he did it'],
    ['addresses of the server are whole', '<a href="/t/a/5">a</a>', '[a](https://forum.example/t/a/5)'],
    [
      'a picture without its size',
      '<img src="/a.png" alt="sea|690x400, 50%">',
      '![sea](https://forum.example/a.png)',
    ],
    [
      'marks of an older markup',
      '<p><span class="bbcode-b">a</span> <span class="bbcode-i">b</span> <span class="bbcode-s">c</span> <span class="bbcode-u">d</span></p>',
      '**a** *b* ~~c~~ d',
    ],
    [
      'an event says when and where',
      '<div class="discourse-post-event" data-name="Tea" data-start="2024-01-02 18:00" data-end="2024-01-02 20:00" data-timezone="Asia/Seoul" data-location="The yard"></div>',
      'Tea · 2024-01-02 18:00 – 2024-01-02 20:00 (Asia/Seoul) · The yard',
    ],
    [
      'a footnote stays a note',
      '<p>so<sup class="footnote-ref"><a href="#footnote-1">[1]</a></sup></p><ol><li id="footnote-1"><p>why <a href="#footnote-ref-1" class="footnote-backref">↩</a></p></li></ol>',
      'so\\[1\\]\n\n1. why',
    ],
    [
      'formulas, ticked boxes, films of other providers',
      '<p><span class="math">x_1</span> <span class="chcklst-box checked"></span> a <span class="chcklst-box"></span> b</p><div class="lazy-video-container" data-video-id="12" data-video-title="Tik" data-provider-name="tiktok"></div><div class="video-placeholder-container" data-video-src="/uploads/v.mp4"></div>',
      '$x_1$ ☑ a ☐ b\n\n[Tik](https://m.tiktok.com/v/12)\n\n[v.mp4](https://forum.example/uploads/v.mp4)',
    ],
    [
      'a video is a link',
      '<div class="lazyYT" data-youtube-id="abc123" data-youtube-title="Film"></div>',
      '[Film](https://www.youtube.com/watch?v=abc123)',
    ],
  ])('%s', (_name, html, markdown) => {
    expect(read(html)).toBe(markdown)
  })

  test('a poll is a list with its votes', () => {
    const html =
      '<div class="poll" data-poll-name="poll"><ul><li>tea</li><li>coffee</li></ul><div class="poll-info">2 voters</div></div>'
    const polls = [
      {
        name: 'poll',
        options: [
          { html: 'tea', votes: 2 },
          { html: 'coffee', votes: 0 },
        ],
      },
    ]
    expect(cookedToMarkdown(html, { base: null, polls })).toBe('- tea (2)\n- coffee (0)')
    expect(read(html)).toBe('- tea\n- coffee')
  })
})

test('links behind code that holds fences and ticks are rewritten, those within are not', () => {
  const resolve = () => ({ path: '/p/1', title: 'T' })
  const code = '````py\nreturn "```" [a](/q/1)\n````\n\n- ```\n  [b](/q/1)\n  ```\n\n``[c](/q/1) ` x`` \\`'
  expect(rewriteLinks(`${code} [d](/q/1)`, resolve)).toBe(`${code} [d](/p/1)`)
  expect(rewriteLinks('```\nnever closed [a](/q/1)', resolve)).toBe('```\nnever closed [a](/q/1)')
  const ticks = '`a ``b '.repeat(14_000)
  expect(rewriteLinks(ticks, resolve)).toBe(ticks)
})

test('links are rewritten in words, not in code, and only where they lead here', () => {
  const resolve = (address: URL) =>
    address.pathname === '/q/1' ? { path: '/p/9/x', title: 'A *title*' } : null
  const body =
    '[a](https://s.example/q/1) https://s.example/q/1. <https://s.example/q/1> [b](/q/1) [c](/q/2) `https://s.example/q/1`'
  expect(rewriteLinks(body, resolve)).toBe(
    '[a](/p/9/x) [A \\*title\\*](/p/9/x). [A \\*title\\*](/p/9/x) [b](/p/9/x) [c](/q/2) `https://s.example/q/1`',
  )
})
