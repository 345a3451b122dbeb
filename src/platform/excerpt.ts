const inlineTag = /<\/?(?:a|em|strong|code|s|span)\b[^>]*>/g
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
  const text = start
    .replace(/<pre>[\s\S]*?(?:<\/pre>|$)/g, ' ')
    .replace(inlineTag, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? '')
    // Most white space is one space already.
    .replace(/\s{2,}|[^\S ]/g, ' ')
    .trim()
  if (endOf(text, limit) === text.length) return isCut ? `${text}…` : text
  return `${text.slice(0, endOf(text, limit - 1)).trimEnd()}…`
}

/** Where the first characters of a text end, in its units: those beyond 16 bits take two. */
function endOf(text: string, characters: number): number {
  if (text.length <= characters) return text.length
  let end = 0
  for (let left = characters; left > 0 && end < text.length; left--)
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1
  return end
}
