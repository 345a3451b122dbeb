import type { AiCrawlers } from '#modules/site/site.ts'

/**
 * Programs that read the web for language models, by the name that they look for in robots.txt, as their makers
 * document it.
 */
export const aiCrawlers = {
  /** Gather texts to train models with. */
  training: [
    'AI2Bot',
    'Amazonbot',
    'anthropic-ai',
    'Applebot-Extended',
    'Bytespider',
    'CCBot',
    'ClaudeBot',
    'cohere-ai',
    'cohere-training-data-crawler',
    'DeepSeekBot',
    'Diffbot',
    'FacebookBot',
    'Google-CloudVertexBot',
    'Google-Extended',
    'GPTBot',
    'ImagesiftBot',
    'img2dataset',
    'Meta-ExternalAgent',
    'omgili',
    'Omgilibot',
    'PanguBot',
    'PetalBot',
    'TikTokSpider',
    'Timpibot',
    'Webzio-Extended',
  ],
  /** Fetch or index pages to answer somebody's question, with a link to the page. */
  answers: [
    'ChatGPT-User',
    'Claude-SearchBot',
    'Claude-User',
    'DuckAssistBot',
    'Meta-ExternalFetcher',
    'MistralAI-User',
    'OAI-SearchBot',
    'Perplexity-User',
    'PerplexityBot',
    'YouBot',
  ],
} as const

/** Nothing of these is worth reading for a search engine, and some of it costs much: forms, orders, differences. */
const notForMachines = [
  '/admin',
  '/api/',
  '/bookmarks',
  '/c/',
  '/chat',
  '/claim/',
  '/confirm/',
  '/drafts',
  '/forgot',
  '/invitations',
  '/join/',
  '/mod',
  '/notifications',
  '/p/*/edit',
  '/p/*/history',
  '/p/*/reply',
  '/p/*/report',
  '/search',
  '/settings',
  '/setup',
  '/sign-in',
  '/sign-up',
  '/upload',
  '/write',
  '/*?*sort=',
  '/*?*order=',
  '/*?*period=',
] as const

const refused: Record<AiCrawlers, readonly string[]> = {
  all: [],
  answers: aiCrawlers.training,
  none: [...aiCrawlers.training, ...aiCrawlers.answers],
}

/** robots.txt: what may be read and by whom, and where the sitemap is. */
export function robotsText(given: { searchable: boolean; aiCrawlers: AiCrawlers; sitemap: string }): string {
  if (!given.searchable) return 'User-agent: *\nDisallow: /\n'
  const names = refused[given.aiCrawlers]
  const away =
    names.length > 0 ? `${names.map((name) => `User-agent: ${name}\n`).join('')}Disallow: /\n\n` : ''
  const rules = notForMachines.map((path) => `Disallow: ${path}\n`).join('')
  return `${away}User-agent: *\n${rules}Allow: /api/docs\n\nSitemap: ${given.sitemap}\n`
}
