const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

/** What a reader sees of rendered Markdown, lines apart; addresses of links and pictures are no text. */
export function plainText(html: string): string {
  return html
    .replace(/<\/?(?:a|em|strong|code|s|span)\b[^>]*>/g, '')
    .replace(/<[^>]*>/g, '\n')
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? '')
}
