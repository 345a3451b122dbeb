import { isAdministrator } from '#modules/accounts/viewer.ts'
import { paths } from '#paths.ts'
import type { Assets } from '#platform/assets.ts'
import { type Child, type Html, html, nothing, raw } from '#platform/html.ts'
import { languageChoices } from '#words/words.ts'
import { avatar } from './avatar.ts'
import { type Described, metadata, withoutLanguage } from './head.ts'
import { holdNote } from './hold.ts'
import { icon } from './icon.ts'
import type { Page } from './page.ts'
import { scriptWords } from './script-words.ts'
import { textLinks } from './text-links.ts'

export type DocumentOptions = {
  title: string
  body: Html
  description?: string
  /** Path of the one address that this page has, whatever it was asked for by. */
  canonical?: string
  /** Browser modules to load, by file name without ending. Without it: `main` for members, none for guests. */
  modules?: readonly string[]
  current?:
    | 'home'
    | 'boards'
    | 'trending'
    | 'write'
    | 'me'
    | 'moderation'
    | 'notifications'
    | 'chat'
    | 'search'
  robots?: string
  /** Only for what every guest may read. */
  described?: Described
  /** Whether a member's device may keep it, to read without network. */
  offline?: boolean
  /** `read` 44rem (texts, forms), `list` 60rem, `wide` with a side column. */
  width?: 'read' | 'list' | 'wide'
}

/** Whether what people wrote here needs the Hangul pieces of the typeface, whatever the reader's language. */
const hasHangul = ({ body }: DocumentOptions) => /[가-힣]/.test(body.text)

/** A whole page around `body`: head, top bar, bottom bar on phones, footer. */
export function document(page: Page, assets: Assets, options: DocumentOptions): Html {
  const title = options.current === 'home' ? options.title : `${options.title} · ${page.site.name}`
  return html`<!doctype html>
<html lang="${page.language}" data-theme="${page.theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<title>${title}</title>
<link rel="stylesheet" href="${assets.css}">
${(page.language === 'ko' || hasHangul(options)) && assets.hangulHtml}<meta name="color-scheme" content="${page.theme === 'system' ? 'light dark' : page.theme}">
${metadata(page, assets, options)}${scripts(page, assets, options.modules ?? (page.viewer ? ['main'] : []))}</head>
<body>
<a class="skip" href="#main">${page.words.site.skip}</a>
${topBar(page, options.current)}
${page.site.safeMode && html`<p class="note warm" role="status">${page.words.layout.safeMode}</p>\n`}<main id="main" class="${options.width ?? 'read'}" tabindex="-1">
${holdNote(page)}${options.body}
</main>
${footer(page)}
${bottomBar(page, options.current)}
</body>
</html>
`
}

function scripts(page: Page, assets: Assets, modules: readonly string[]): Html {
  if (modules.length === 0) return nothing
  const tags = modules.map((name) => `<script type="module" src="${assets.module(name)}"></script>\n`)
  return html`${assets.importMapHtml}\n${scriptWords(page)}\n${raw(tags.join(''))}`
}

type Current = DocumentOptions['current']

function here(current: Current, place: Current): Html {
  return current === place ? raw(' aria-current="page"') : nothing
}

function topBar(page: Page, current: Current): Html {
  const { words, viewer } = page
  return html`<header class="top"><div class="bar">
<a class="brand" href="${paths.home()}"${here(current, 'home')}>${mark(page)}<span>${page.site.name}</span></a>
<nav aria-label="${words.layout.top}"><a href="${paths.boards()}"${here(current, 'boards')}>${words.site.boards}</a><a href="${paths.trending()}"${here(current, 'trending')}>${words.trending.title}</a>${
    viewer && chatLink(page, { current, label: words.chat.title })
  }</nav>
${current !== 'search' && searchField(page)}
<div class="mine">${viewer ? memberTools(page, current) : guestTools(page)}</div>
</div></header>`
}

/** The site's logo, else our own mark. */
function mark({ site }: Page): Html {
  if (!site.logo) return html`<i class="i yard"></i>`
  return html`<img src="${paths.file(site.logo, 64)}" width="24" height="24" alt="">`
}

/** Marked while something in the chat is unread; the bell counts it. */
function chatLink({ freshChat }: Page, { current, label }: { current: Current; label: Child }): Html {
  return html`<a${freshChat && raw(' class="fresh"')} href="${paths.chat()}"${here(current, 'chat')} data-chat-link>${label}</a>`
}

/** On narrow screens a link to the search's own page. */
function searchField({ words }: Page): Html {
  const t = words.search
  return html`<form class="find" role="search" aria-label="${words.site.search}" action="${paths.searchPage()}"><label class="sr" for="find-top">${t.field}</label>${icon('search')}
<input id="find-top" type="search" name="q" placeholder="${words.site.search}" maxlength="400" autocomplete="off" enterkeyhint="search" data-suggest></form>
<a class="tool find-link" href="${paths.searchPage()}">${icon('search')}<span class="sr">${words.site.search}</span></a>`
}

function guestTools({ words, site, here: next, isAnyones }: Page): Html {
  if (isAnyones) return nothing
  const { joinable = true } = site
  return html`<a class="btn" href="${paths.signIn(next)}">${words.site.signIn}</a>
${joinable && html`<a class="btn primary" href="${paths.signUp(next)}">${words.site.signUp}</a>`}`
}

function memberTools(page: Page, current: Current): Html {
  const { words } = page
  return html`${page.openReports !== null && reportsLink(page, current)}${bell(page, current)}
<a class="btn primary write" href="${paths.write()}"${here(current, 'write')}>${icon('write')}${words.site.write}</a>
${menu(page)}`
}

function reportsLink({ words, openReports }: Page, current: Current): Html {
  const count = openReports ?? 0
  return html`<a class="tool" href="${paths.queue()}"${here(current, 'moderation')}>${icon('shield')}<span class="sr">${
    words.layout.moderation
  }</span>${
    count > 0 &&
    html`<b class="count"><span class="sr">${words.layout.openReports({ count })}</span><span aria-hidden="true">${
      count > 99 ? '99+' : count
    }</span></b>`
  }</a>`
}

/** The count is there while there is none, too: a script fills it when something comes. */
function bell({ words, unread }: Page, current: Current): Html {
  const count = unread ?? 0
  return html`<a class="tool" id="bell" href="${paths.notifications()}"${here(current, 'notifications')}>${icon('bell')}<span class="sr">${
    words.notifications.title
  }</span><b class="count live"${count === 0 && html` hidden`}><span class="sr">${words.notifications.unread({ count })}</span><span aria-hidden="true">${
    count > 99 ? '99+' : count
  }</span></b></a>`
}

function menu({ words, viewer, here: next }: Page): Html {
  if (!viewer) return nothing
  const t = words.layout
  return html`<details class="menu"><summary aria-label="${t.menu({ name: viewer.name })}">${avatar(viewer.name, viewer.avatar)}</summary>
<div class="sheet"><p class="who">${viewer.name}</p><ul class="plain">
<li><a href="${paths.member(viewer.name)}">${icon('me')}${t.profile}</a></li>
<li><a href="${paths.bookmarks()}">${icon('bookmark')}${t.bookmarks}</a></li>
<li><a href="${paths.drafts()}">${icon('draft')}${t.drafts}</a></li>
<li><a href="${paths.settings()}">${icon('theme')}${words.site.settings}</a></li>
${isAdministrator(viewer) && html`<li><a href="${paths.admin()}">${icon('shield')}${t.admin}</a></li>`}</ul>
<form method="post" action="${paths.signOut()}"><input type="hidden" name="next" value="${next}"><button>${icon('back')}${
    words.site.signOut
  }</button></form></div></details>`
}

function bottomBar(page: Page, current: Current): Html {
  const { words, viewer, here: next } = page
  const me = viewer ? paths.member(viewer.name) : paths.signIn(next)
  return html`<nav class="bottom" aria-label="${words.layout.places}">
<a href="${paths.home()}"${here(current, 'home')}>${icon('home')}${words.site.home}</a>
<a href="${paths.boards()}"${here(current, 'boards')}>${icon('boards')}${words.site.boards}</a>
<a href="${paths.write()}"${here(current, 'write')}>${icon('write')}${words.site.write}</a>
${viewer && html`${chatLink(page, { current, label: html`${icon('comment')}${words.chat.title}` })}\n`}${!page.isAnyones && html`<a href="${me}"${here(current, 'me')}>${icon('me')}${viewer ? words.layout.me : words.site.signIn}</a>`}
</nav>`
}

function footer(page: Page): Html {
  const { words, theme, language } = page
  const themes = (['system', 'light', 'dark'] as const).map(
    (name) =>
      html`<button name="theme" value="${name}" aria-pressed="${String(theme === name)}">${words.layout.themes[name]}</button>`,
  )
  const languages = languageChoices.map(
    ({ value, label }) =>
      html`<button name="language" value="${value}" lang="${value}" aria-pressed="${String(language === value)}">${label}</button>`,
  )
  const form = (
    label: string,
    buttons: Html[],
  ) => html`<form method="post" action="${paths.preferences()}" class="choice">
<input type="hidden" name="next" value="${withoutLanguage(page.here)}"><span role="group" aria-label="${label}">${buttons}</span></form>`
  return html`<footer class="foot"><div class="bar"><p>${page.site.name} ${textLinks(page)} <a href="${paths.apiDocs()}">${words.layout.api}</a></p>
${form(words.layout.theme, themes)}
${form(words.site.language, languages)}</div></footer>`
}
