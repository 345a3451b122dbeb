const inlineTag = /<\/?(?:a|em|strong|code|s|span)\b[^>]*>/g
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

/**
 * The first words of rendered Markdown without parsing its source again: tags and code blocks left out, white space
 * folded, at most `limit` characters (an ellipsis marks a cut).
 */
export function excerptOf(html: string, limit: number): string {
  // Tags seldom take more than the text itself; what the cut leaves of a tag, an entity or a character goes.
  const most = limit * 3 + 40
  const start = html.slice(0, most).replace(/(?:<[^>]*|&[#\w]*|[\ud800-\udbff])$/, '')
  const text = start
    .replace(/<pre>[\s\S]*?(?:<\/pre>|$)/g, ' ')
    .replace(inlineTag, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? '')
    .replace(/\s+/g, ' ')
    .trim()
  const characters = Array.from(text.slice(0, limit * 2 + 2))
  if (characters.length <= limit) return html.length > most ? `${text}…` : text
  const kept = characters.slice(0, limit - 1).join('')
  return `${kept.trimEnd()}…`
}
