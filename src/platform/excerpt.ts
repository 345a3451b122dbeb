const inlineTag = /<\/?(?:a|em|strong|code|s|span)\b/y
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

/**
 * The first words of rendered Markdown without parsing its source again: tags and code blocks left out, white space
 * folded, at most `limit` characters (an ellipsis marks a cut).
 */
export function excerptOf(html: string, limit: number): string {
  // Tags seldom take more than the text itself; what the cut leaves of a tag, an entity or a character goes.
  const most = limit * 3 + 40
  const isCut = html.length > most
  const start = isCut ? html.slice(0, most).replace(/(?:<[^>]*|&[#\w]*|[\ud800-\udbff])$/, '') : html
  // Most white space is one space already.
  const text = withoutEntities(withoutTags(start))
    .replace(/\s{2,}|[^\S ]/g, ' ')
    .trim()
  return isCut && endOf(text, limit) === text.length ? `${text}…` : shortened(text, limit)
}

/** At most `limit` characters of a text, the last an ellipsis where it is cut. */
export function shortened(text: string, limit: number): string {
  if (endOf(text, limit) === text.length) return text
  return `${text.slice(0, endOf(text, limit - 1)).trimEnd()}…`
}

/** Tags that stand between words leave a space behind, and so do blocks of code. */
function withoutTags(html: string): string {
  let text = ''
  let done = 0
  for (let open = html.indexOf('<'); open >= 0; open = html.indexOf('<', done)) {
    const isCode = html.startsWith('<pre>', open)
    const close = isCode ? html.indexOf('</pre>', open) : html.indexOf('>', open)
    if (close < 0 && !isCode) break
    inlineTag.lastIndex = open
    text += html.slice(done, open) + (inlineTag.test(html) ? '' : ' ')
    if (close < 0) return text
    done = close + (isCode ? '</pre>'.length : 1)
  }
  return text + html.slice(done)
}

function withoutEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? '')
}

/** Where the first characters of a text end, in its units: those beyond 16 bits take two. */
function endOf(text: string, characters: number): number {
  if (text.length <= characters) return text.length
  let end = 0
  for (let left = characters; left > 0 && end < text.length; left--)
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1
  return end
}
