import { paths } from '#paths.ts'
import type { Assets } from '#platform/assets.ts'
import { paper } from '#ui/head.ts'
import type { Language, Words } from '#words/words.ts'

/** What a browser needs to install the site as a program of its own. */
export function manifest(given: { name: string; language: Language; words: Words; assets: Assets }) {
  const { name, language, words, assets } = given
  const icon = (file: string, size: string, purpose: 'any' | 'maskable') => ({
    src: assets.icon(file),
    sizes: size,
    type: file.endsWith('.svg') ? 'image/svg+xml' : 'image/png',
    purpose,
  })
  const shortcut = (label: string, url: string) => ({
    name: label,
    url,
    icons: [icon('app-192.png', '192x192', 'any')],
  })
  return {
    // One program, whatever its language.
    id: '/',
    name,
    short_name: Array.from(name).slice(0, 12).join(''),
    description: words.list.welcomeText,
    lang: language,
    dir: 'ltr',
    start_url: paths.home(),
    scope: '/',
    display: 'standalone',
    theme_color: paper.light,
    background_color: paper.light,
    categories: ['social'],
    icons: [
      icon('app-192.png', '192x192', 'any'),
      icon('app-512.png', '512x512', 'any'),
      icon('app-maskable-192.png', '192x192', 'maskable'),
      icon('app-maskable-512.png', '512x512', 'maskable'),
      icon('mark.svg', 'any', 'any'),
    ],
    shortcuts: [
      shortcut(words.site.write, paths.write()),
      shortcut(words.site.boards, paths.boards()),
      shortcut(words.site.search, paths.searchPage()),
    ],
  }
}
