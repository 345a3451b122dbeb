import { type FeedPlace, paths } from '#paths.ts'
import type { Assets } from '#platform/assets.ts'
import { escapeHtml, type Html, html, raw } from '#platform/html.ts'
import { isLanguage, type Language, languageCodes, languages } from '#words/words.ts'
import type { Page } from './page.ts'

/** A thing in the words of schema.org. */
export type Thing = { '@type': string } & { [name: string]: ThingValue }
type ThingValue = string | number | boolean | undefined | Thing | readonly (Thing | string)[]

/** What a page that every guest may read says about itself to search engines, previews of links and feed readers. */
export type Described = {
  type: 'website' | 'article' | 'profile'
  /** Path of the picture, 1200 by 630, that stands beside links to this page. For guests alone, as `data`. */
  picture: () => string
  published?: Date
  modified?: Date | null
  section?: string
  tags?: readonly string[]
  /** Path of the author's page. */
  author?: string | null
  /** For guests alone: neither search engines nor what draws cards of links sign in. */
  data?: () => readonly Thing[]
  feed?: { title: string; of: FeedPlace | null }
  /** The short path by which other sites may show it (oEmbed). */
  embed?: string
}

type About = {
  title: string
  description?: string
  canonical?: string
  robots?: string
  described?: Described
}

/** Everything in a page's head that is for machines. Without the site's own address there is none of it. */
export function metadata(page: Page, assets: Assets, about: About): Html {
  const { origin, searchable = true } = page.site
  const robots = searchable ? about.robots : 'noindex'
  const address = about.canonical && origin ? origin + inLanguage(about.canonical, askedLanguage(page)) : null
  return html`${about.description && html`<meta name="description" content="${about.description}">\n`}${
    robots && html`<meta name="robots" content="${robots}">\n`
  }${address && html`<link rel="canonical" href="${address}">\n`}${
    about.canonical && origin && !robots && alternates(origin, about.canonical)
  }${appLinks(page, assets)}${address && about.described && card(page, about, { address, ...about.described })}`
}

/** The papers of tokens.css, as browsers' own bars know colours. */
export const paper = { light: '#fcfaf6', dark: '#181411' } as const

function appLinks(page: Page, assets: Assets): Html {
  const colours =
    page.theme === 'system'
      ? (['light', 'dark'] as const).map(
          (theme) =>
            html`<meta name="theme-color" media="(prefers-color-scheme: ${theme})" content="${paper[theme]}">\n`,
        )
      : html`<meta name="theme-color" content="${paper[page.theme]}">\n`
  return html`${icons(page, assets)}
<link rel="manifest" href="${paths.manifest(page.language)}">
${colours}`
}

function icons({ site: { logo } }: Page, assets: Assets): Html {
  const small = logo ? paths.file(logo, 64) : assets.icon('mark.svg')
  const large = logo ? paths.file(logo, 192) : assets.icon('touch.png')
  return html`<link rel="icon" type="${logo ? 'image/webp' : 'image/svg+xml'}" href="${small}">
<link rel="apple-touch-icon" href="${large}">`
}

/** The language that this page's own address names, if any. */
function askedLanguage(page: Page): Language | null {
  const asked = /[?&]lang=(\w+)(?:&|$)/.exec(page.here)?.[1]
  return isLanguage(asked) ? asked : null
}

function inLanguage(path: string, language: Language | null): string {
  if (language === null) return path
  return `${path}${path.includes('?') ? '&' : '?'}lang=${language}`
}

/** A path without the language that it names, for whoever chooses another one. */
export function withoutLanguage(path: string): string {
  return path.replace(/([?&])lang=(\w+)(&|$)/, (all, before: string, language: string, after: string) => {
    if (!isLanguage(language)) return all
    return after === '' ? '' : before
  })
}

/** Each language's own address, and the one that follows the reader. */
function alternates(origin: string, path: string): Html {
  const links = languageCodes.map(
    (code) => html`<link rel="alternate" hreflang="${code}" href="${origin + inLanguage(path, code)}">\n`,
  )
  return html`${links}<link rel="alternate" hreflang="x-default" href="${origin + path}">\n`
}

/** Feeds and oEmbed; for guests also OpenGraph, Twitter's card and schema.org. */
function card(page: Page, about: About, given: Described & { address: string }): Html {
  const { origin = '' } = page.site
  const { feed, embed, data } = given
  return html`${!page.viewer && properties(page, about, given)}${feed && feedLinks(feed)}${
    embed && embedLink(origin + embed, about.title, origin)
  }${!page.viewer && data?.().map(dataBlock)}`
}

function properties(page: Page, about: About, given: Described & { address: string }): Html {
  const { origin = '' } = page.site
  const others = languageCodes.filter((code) => code !== page.language)
  const named: [string, string | null | undefined][] = [
    ['og:site_name', page.site.name],
    ['og:type', given.type],
    ['og:title', about.title],
    ['og:description', about.description],
    ['og:url', given.address],
    ['og:locale', page.words.language.locale],
    ...others.map((code): [string, string] => ['og:locale:alternate', languages[code].language.locale]),
    ['og:image', origin + given.picture()],
    ['og:image:type', 'image/png'],
    ['og:image:width', '1200'],
    ['og:image:height', '630'],
    ['og:image:alt', about.title],
    ['article:published_time', given.published?.toISOString()],
    ['article:modified_time', given.modified?.toISOString()],
    ['article:author', given.author && origin + given.author],
    ['article:section', given.section],
    ...(given.tags ?? []).map((tag): [string, string] => ['article:tag', tag]),
  ]
  // Twitter's cards take the rest from OpenGraph.
  let text = ''
  for (const [name, content] of named)
    if (content) text += `<meta property="${name}" content="${escapeHtml(content)}">\n`
  return raw(`${text}<meta name="twitter:card" content="summary_large_image">\n`)
}

const feedTypes = {
  xml: 'application/rss+xml',
  atom: 'application/atom+xml',
  json: 'application/feed+json',
} as const

function feedLinks({ title, of }: NonNullable<Described['feed']>): Html {
  const endings = ['xml', 'atom', 'json'] as const
  return html`${endings.map(
    (ending) =>
      html`<link rel="alternate" type="${feedTypes[ending]}" title="${title}" href="${paths.feed(ending, of)}">\n`,
  )}`
}

function embedLink(address: string, title: string, origin: string): Html {
  const href = origin + paths.embed(address)
  return html`<link rel="alternate" type="application/json+oembed" title="${title}" href="${href}">\n`
}

/** Data, not a script: no policy stops it, and no text in it can end it, since only `<` begins an end or a comment. */
function dataBlock(thing: Thing): Html {
  const json = JSON.stringify({ '@context': 'https://schema.org', ...thing }).replaceAll('<', '\\u003c')
  return raw(`<script type="application/ld+json">${json}</script>\n`)
}
