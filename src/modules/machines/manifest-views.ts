import type { ShownSite } from '#modules/site/site.ts'
import { paths } from '#paths.ts'
import type { Assets } from '#platform/assets.ts'
import { paper } from '#ui/head.ts'
import type { Language, Words } from '#words/words.ts'

type Given = {
  site: Pick<ShownSite, 'name' | 'description' | 'logo'>
  language: Language
  words: Words
  assets: Assets
}

/** What a browser needs to install the site as a program of its own. */
export function manifest({ site: { name, description, logo }, language, words, assets }: Given) {
  const icon = (file: string, size: string, purpose: 'any' | 'maskable') => ({
    src: assets.icon(file),
    sizes: size,
    type: file.endsWith('.svg') ? 'image/svg+xml' : 'image/png',
    purpose,
  })
  const ownIcon = (side: 192 | 512) => ({
    src: paths.file(logo ?? '', side),
    sizes: `${side}x${side}`,
    type: 'image/webp',
    purpose: 'any',
  })
  const shortcut = (label: string, url: string) => ({
    name: label,
    url,
    icons: [logo ? ownIcon(192) : icon('app-192.png', '192x192', 'any')],
  })
  return {
    // One program, whatever its language.
    id: '/',
    name,
    short_name: Array.from(name).slice(0, 12).join(''),
    description: description || words.list.welcomeText,
    lang: language,
    dir: 'ltr',
    start_url: paths.home(),
    scope: '/',
    display: 'standalone',
    theme_color: paper.light,
    background_color: paper.light,
    categories: ['social'],
    icons: logo
      ? [ownIcon(192), ownIcon(512)]
      : [
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
