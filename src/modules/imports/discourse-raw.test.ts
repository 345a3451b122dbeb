import { describe, expect, test } from 'vitest'
import { rawToMarkdown } from './discourse-raw.ts'

const convert = (raw: string, more = {}) =>
  rawToMarkdown(raw, { base: 'https://f.example', topicId: '9', polls: null, ...more })

describe('what a writer typed becomes Markdown', () => {
  test.each([
    ['Hi @ann :wave: 10:30:00', 'Hi @ann 👋 10:30:00'],
    ['[x](/about) [y](//z.example) `[x](/z)`', '[x](https://f.example/about) [y](//z.example) `[x](/z)`'],
    ['![cat|690x400, 50%](upload://aB1.png)', '![cat](https://f.example/uploads/short-url/aB1.png)'],
    [
      '[plan.pdf|attachment](upload://z.pdf) (1 KB)',
      '[plan.pdf](https://f.example/uploads/short-url/z.pdf) (1 KB)',
    ],
    ['[b]one[/b] [i]two[/i] [s]three[/s] [u]four[/u]', '**one** *two* ~~three~~ four'],
    [
      '[url=https://x.example]x[/url] [img]https://x.example/y.png[/img]',
      '[x](https://x.example) ![](https://x.example/y.png)',
    ],
    ['from [date=2021-03-05 time=10:00:00 timezone="Asia/Seoul"] on', 'from 2021-03-05 10:00:00 on'],
    ['it was [spoiler]her[/spoiler]', 'it was her'],
    ['press <kbd>Ctrl</kbd><br>or <b>x</b>, a Vec<T>', 'press `Ctrl`\nor **x**, a Vec<T>'],
    ['`[b]:smile:` [code]<b>[/code]', '`[b]:smile:` `<b>`'],
    ['<script>alert(1)</script>', '<script>alert(1)</script>'],
  ])('%s', (raw, markdown) => expect(convert(raw).trim()).toBe(markdown))

  test('quotes keep who and where, one in the other, with their code', () => {
    const raw =
      '[quote="ann, post:3, topic:7"]\n[quote="bo"]\nin\n[/quote]\nout\n\n```\n:wave:\n```\n[/quote]\nend'
    expect(convert(raw).trim()).toBe(
      [
        '> @ann: [#3](https://f.example/t/7/3)',
        '>',
        '> > @bo:',
        '> >',
        '> > in',
        '>',
        '>',
        '> out',
        '>',
        '> ```',
        '> :wave:',
        '> ```',
        '',
        'end',
      ].join('\n'),
    )
  })

  test('details and spoilers have a head, polls their votes', () => {
    const polls = [
      {
        name: 'poll',
        options: [
          { html: 'Yes <b>!</b>', votes: 3 },
          { html: 'No', votes: null },
        ],
      },
    ]
    const raw =
      '[details="More"]\nin\n[/details]\n[spoiler]\nx\n[/spoiler]\n[poll type=regular]\n* Yes\n[/poll]'
    expect(
      convert(raw, { polls })
        .trim()
        .replace(/\n{2,}/g, '\n'),
    ).toBe('**More**\n> in\n**Spoiler**\n> x\n- Yes ! (3)\n- No (0)')
  })

  test('files of a server that nobody knows keep their words', () =>
    expect(convert('![cat|1x1](upload://a.png) [b](https://x.example)', { base: null })).toBe(
      'cat [b](https://x.example)',
    ))

  test.each(['[quote]', '[details="', '[spoiler]', '[poll]', '[code]', '`', '[b]', '<!--', '![a|'])(
    'marks that nobody closes are no reason to search for long: %s',
    (one) => expect(convert(one.repeat(400_000 / one.length))).toEqual(expect.any(String)),
  )
})
