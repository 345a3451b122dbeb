import type { DiscoursePost } from './discourse-shapes.ts'
import { emojiByName } from './emoji.ts'

type Context = { base: string | null; topicId: string; polls: DiscoursePost['polls'] }

/** A post as its writer typed it (`raw`), where the server's HTML was not saved: Markdown, with marks of Discourse's own. */
export function rawToMarkdown(raw: string, context: Context): string {
  const kept: string[] = []
  const keep = (code: string) => `\ue000${kept.push(code) - 1}\ue001`
  const restore = (text: string) =>
    text.replace(/\ue000(\d+)\ue001/g, (_, index: string) => kept[Number(index)] ?? '')
  let text = raw.replace(/[\ue000\ue001]/g, '')
  text = text.replace(/\[code\]((?:(?!\[code\])[\s\S])*?)\[\/code\]/gi, (_, code: string) =>
    code.includes('\n') ? `\n\`\`\`\n${code.trim()}\n\`\`\`\n` : `\`${code}\``,
  )
  text = text.replace(code, keep)
  text = withWholeAddresses(text, context.base)
  for (const [mark, plain] of marks) text = text.replace(mark, plain)
  text = text.replace(
    /:([\w+-]{1,60}):(?:t[2-6]:)?/g,
    (whole, name: string) => emojiByName.get(name) ?? whole,
  )
  text = withoutPolls(text, context.polls)
  // From the inside out: what quotes hold may be quotes.
  for (let depth = 0; depth < 20; depth++) {
    const before = text
    for (const [block, head] of blocks)
      text = text.replace(block, (_, told: string | undefined, inner: string) =>
        quoted(head(told ?? '', context), restore(inner)),
      )
    if (text === before) break
  }
  const plain = text.replace(/\[\/?spoiler\]/gi, '')
  return restore(plain.replace(/\n{3,}/g, '\n\n').replace(/^\n+|\s+$/g, ''))
}

const code =
  /^[ \t]*(?<fence>`{3,}|~{3,})[\s\S]*?(?:\n[ \t]*\k<fence>|(?![\s\S]))|(?<ticks>`+)(?!`)[^\n]*?[^`\n]\k<ticks>(?!`)/gm

const marks: readonly (readonly [RegExp, string])[] = [
  // Sizes and kinds behind the words of pictures and files.
  [/(!?\[[^\]\n|]{0,300})\|(?:\d+x\d+|attachment|video|audio|thumbnail)[^\]\n]{0,100}\](?=\()/g, '$1]'],
  [/\[b\]([^\n]{0,1000}?)\[\/b\]/gi, '**$1**'],
  [/\[i\]([^\n]{0,1000}?)\[\/i\]/gi, '*$1*'],
  [/\[s\]([^\n]{0,1000}?)\[\/s\]/gi, '~~$1~~'],
  [/\[\/?(?:u|center|left|right|small|big|size|color)(?:=[^\]\n]{0,40})?\]/gi, ''],
  [/\[url=["']?(https?:[^\]\n"']{1,1000})["']?\]([^\n]{0,1000}?)\[\/url\]/gi, '[$2]($1)'],
  [/\[url\](https?:[^[\n]{1,1000})\[\/url\]/gi, '<$1>'],
  [/\[img[^\]\n]{0,60}\](https?:[^[\n]{1,1000})\[\/img\]/gi, '![]($1)'],
  [/\[date=([\d-]{1,20})(?: time=([\d:]{1,20}))?[^\]\n]{0,200}\]/gi, '$1 $2'],
  [/\[date-range from=([\dT:-]{1,30}) to=([\dT:-]{1,30})[^\]\n]{0,200}\]/gi, '$1 – $2'],
  [/<br ?\/?>/gi, '\n'],
  [/<img [^<>]{0,500}?src="(https?:[^"<>]{1,1000})"[^<>]{0,500}>/gi, '![]($1)'],
  [/<a [^<>]{0,500}?href="(https?:[^"<>]{1,1000})"[^<>]{0,500}>([^<>\n]{1,500})<\/a>/gi, '[$2]($1)'],
  [/<(kbd|code)>([^<>\n]{1,300})<\/\1>/gi, '`$2`'],
  [/<\/?(?:b|strong)>/gi, '**'],
  [/<\/?(?:i|em)>/gi, '*'],
  [/<\/?(?:div|span|center|p|sup|sub|small|big|font|u|ins|mark)(?: [^<>]{0,300})?>/gi, ''],
  [/<!--(?:(?!-->)[\s\S]){0,500}-->/g, ''],
]

/** Files that are named by a hash of their content lie at an address of the server that leads to them. */
function withWholeAddresses(text: string, base: string | null): string {
  if (base === null)
    return text.replace(/!?\[([^\]\n|]{0,300})[^\]\n]{0,100}\]\(upload:\/\/[^)\s]{1,200}\)/g, '$1')
  const origin = /^https?:\/\/[^/]+/.exec(base)?.[0] ?? ''
  return text
    .replace(/\]\(upload:\/\/([\w.-]{1,200})\)/g, `](${base}/uploads/short-url/$1)`)
    .replace(/\]\((?=\/[^/])/g, `](${origin}`)
}

function withoutPolls(text: string, polls: DiscoursePost['polls']): string {
  return text.replace(
    /\[poll([^\]\n]{0,500})\]((?:(?!\[poll)[\s\S])*?)\[\/poll\]/gi,
    (_, told: string, inner: string) => {
      const name = /name="?([^"\s\]]+)/.exec(told)?.[1] ?? 'poll'
      const options = polls?.find((poll) => (poll.name ?? 'poll') === name)?.options ?? []
      const counted = options.map(
        ({ html, votes }) => `- ${(html ?? '').replace(/<[^<>]*>/g, '')} (${votes ?? 0})`,
      )
      return `\n\n${counted.length > 0 ? counted.join('\n') : inner.trim()}\n\n`
    },
  )
}

/** What becomes a quotation, each with the words at its head. Its name is asked for first, its content last. */
const blocks: readonly (readonly [RegExp, (told: string, context: Context) => string])[] = [
  [/\[quote(?:="?([^"\]\n]{0,300})"?)?\]((?:(?!\[quote)[\s\S])*?)\[\/quote\]/gi, quoteHead],
  [
    /\[details(?:="?([^"\]\n]{0,300})"?)?\]((?:(?!\[details)[\s\S])*?)\[\/details\]/gi,
    (told) => strong(told),
  ],
  [/^[ \t]*\[spoiler(=)?\]((?:(?!\[spoiler)[\s\S])*?)\[\/spoiler\][ \t]*$/gim, () => strong('Spoiler')],
]

const strong = (words: string) => (words ? `**${words.replaceAll('**', '')}**` : '')

/** "ann, post:3, topic:2, full:true" */
function quoteHead(told: string, { base, topicId }: Context): string {
  const who = /^[^,:]{1,100}/.exec(told)?.[0].trim()
  const post = /post:\s*(\d{1,12})/.exec(told)?.[1]
  const topic = /topic:\s*(\d{1,12})/.exec(told)?.[1] ?? topicId
  const place = post ? ` [#${post}](${base ?? ''}/t/${topic}/${post})` : ''
  return who ? `> @${who}:${place}` : ''
}

function quoted(head: string, inner: string): string {
  const lines = inner.trim().split('\n')
  const quotation = lines.map((line) => `> ${line}`.trimEnd()).join('\n')
  return `\n\n${head ? `${head}\n${head.startsWith('>') ? '>' : ''}\n` : ''}${quotation}\n\n`
}
