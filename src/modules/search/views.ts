import type { ListedPost } from '#modules/posts/shapes.ts'
import { paths } from '#paths.ts'
import { type Html, html, nothing } from '#platform/html.ts'
import { emptyPlace } from '#ui/empty.ts'
import { icon } from '#ui/icon.ts'
import type { Page } from '#ui/page.ts'
import { pager } from '#ui/pager.ts'
import { personLink } from '#ui/person.ts'
import { timeShort } from '#ui/time.ts'
import type { Facets } from './facets.ts'
import type { Marked } from './highlight.ts'
import { type Filters, type Operator, textOfQuery, withoutOperator } from './query.ts'
import type { Found, SearchResult, SearchSort } from './search.ts'
import type { Named } from './suggesting.ts'

/** What the address asks for. */
export type Asked = {
  q: string
  board: string
  author: string
  tag: string
  sort: SearchSort
  after: string | null
}
export type SearchData = {
  named: readonly Named[]
  asked: Asked
  /** null: nothing was asked yet. */
  result: SearchResult | null
  /** What was typed, when nothing was found by it and `asked` is what it meant. */
  insteadOf: string | null
}

export function searchPage(page: Page, { asked, result, named, insteadOf }: SearchData): Html {
  const t = page.words.search
  const facets = result?.facets ?? null
  const isNarrowed =
    facets !== null && Math.max(facets.boards.length, facets.years.length, facets.months.length) > 1
  return html`<div class="head"><h1>${t.title}</h1>${searchForm(page, asked)}${named.length > 0 && namedLinks(page, named)}</div>
${result ? results(page, { asked, result, isNarrowed, insteadOf }) : tips(page)}`
}

function namedLinks(page: Page, named: readonly Named[]): Html {
  const t = page.words.search
  const link = (one: Named) => {
    if (one.kind === 'board') return html`<a href="${paths.board(one.slug)}">${one.name}</a>`
    if (one.kind === 'tag') return html`<a href="${paths.tag(one.name)}">#${one.name}</a>`
    return html`<a href="${paths.member(one.name)}">${one.name}</a>`
  }
  return html`<nav class="inside" aria-label="${t.suggestions}"><ul>${named.map(
    (one) => html`<li>${link(one)} <span class="sr">${t.suggestionKinds[one.kind]}</span></li>`,
  )}</ul></nav>`
}

function searchForm(page: Page, asked: Asked): Html {
  const t = page.words.search
  const kept = (['board', 'author', 'tag'] as const).filter((name) => asked[name] !== '')
  return html`<form class="find-form" role="search" action="${paths.searchPage()}">
<label class="sr" for="find">${t.field}</label>
<input id="find" type="search" name="q" value="${asked.q}" placeholder="${t.placeholder}" maxlength="400" autocomplete="off" enterkeyhint="search" data-suggest${asked.q === '' && html` autofocus`}>
${kept.map((name) => html`<input type="hidden" name="${name}" value="${asked[name]}">`)}${
  asked.sort !== 'relevance' && html`<input type="hidden" name="sort" value="${asked.sort}">`
}<button class="btn primary">${icon('search')}${t.submit}</button></form>`
}

type Shown = { asked: Asked; result: SearchResult; isNarrowed: boolean; insteadOf: string | null }

function results(page: Page, shown: Shown): Html {
  const { asked, result, isNarrowed } = shown
  const list = html`<div>${sortTabs(page, asked)}
${remarks(page, shown)}
${
  result.items.length > 0
    ? html`<ol class="rows hits">
${result.items.map((item) => hit(page, item))}</ol>`
    : nobody(page, shown)
}
${resultPager(page, shown)}</div>`
  return html`<div class="cols">${list}${isNarrowed && facetLinks(page, shown)}</div>${result.items.length === 0 && tips(page)}`
}

/** What was asked, as an address; what is the default stands in none. */
function address(asked: Asked, change: Partial<Asked> = {}): string {
  const { q, board, author, tag, sort, after } = { ...asked, after: null, ...change }
  return paths.searchPage({ q, board, author, tag, sort: sort === 'relevance' ? null : sort, after })
}

function sortTabs(page: Page, asked: Asked): Html {
  const t = page.words.search
  const tab = (sort: SearchSort) =>
    html`<a href="${address(asked, { sort })}"${asked.sort === sort && html` aria-current="true"`}>${t.sorts[sort]}</a>`
  return html`<nav class="tabs" aria-label="${t.sort}">${tab('relevance')}${tab('latest')}</nav>`
}

/** What to know before the results: how many, what was left out, what may have been meant. */
function remarks(page: Page, { asked, result, isNarrowed, insteadOf }: Shown): Html {
  const t = page.words.search
  const notes = [
    ...(insteadOf === null ? [] : [t.insteadOf({ meant: asked.q, typed: insteadOf })]),
    ...[...new Set(result.notes)].map((note) => t.notes[note]),
    ...(result.relaxed ? [result.whole === 0 ? t.partly : t.relaxed] : []),
  ]
  const isCounted = asked.sort === 'relevance' && asked.after === null && result.items.length > 0
  const count =
    isCounted &&
    html`<p class="quiet"><span role="status">${t.found({ count: result.count.found, more: result.count.more })}</span>${isNarrowed && html` <a class="to-facets" href="#narrow">${t.narrow}</a>`}</p>`
  const meant =
    result.didYouMean !== null &&
    html`<p class="meant">${t.didYouMean} <a href="${address(asked, { q: result.didYouMean })}"><b>${result.didYouMean}</b></a></p>`
  return html`<div class="told">${
    notes.length > 0 && html`<div class="note"><div>${notes.map((note) => html`<p>${note}</p>`)}</div></div>`
  }${meant}${narrowedBy(page, { asked, result })}${count}</div>`
}

/** What the results are narrowed to, by the address or by what was typed, each as the way out of it. */
function narrowedBy(page: Page, { asked, result }: Pick<Shown, 'asked' | 'result'>): Html {
  const t = page.words.search
  const { board, author, tag, before, after } = result.query.filters
  const span = boundSpan(result.query.filters)
  const nameOf = (slug: string) => result.facets?.boards.find((one) => one.slug === slug)?.name ?? slug
  const chips: [label: string, names: Operator[]][] = []
  if (board !== undefined) chips.push([nameOf(board), ['board']])
  if (author !== undefined) chips.push([author, ['author']])
  if (tag !== undefined) chips.push([`#${tag}`, ['tag']])
  if (span !== null) chips.push([t.span(span), ['before', 'after']])
  else {
    if (after !== undefined) chips.push([t.since({ date: after }), ['after']])
    if (before !== undefined) chips.push([t.until({ date: before }), ['before']])
  }
  if (chips.length === 0) return nothing
  return html`<nav class="inside" aria-label="${t.narrowed}"><ul>${chips.map(
    ([label, names]) =>
      html`<li><a href="${widened(asked, names)}">${label} <span class="sr">${t.widen}</span>${icon('close')}</a></li>`,
  )}</ul></nav>`
}

/** The year or month that both dates bound, as a facet's link asks for it. */
function boundSpan({ after, before }: Filters): string | null {
  return after !== undefined && after.length <= 7 && spanOf(after).to === before ? after : null
}

/** The same question without these operators. */
function widened(asked: Asked, names: readonly Operator[]): string {
  const gone = Object.fromEntries(names.map((name) => [name, '']))
  return address(asked, { ...gone, q: names.reduce(withoutOperator, asked.q) })
}

function hit(page: Page, { post, title, snippet, commentId }: Found): Html {
  const { words } = page
  const t = words.search
  const to = commentId === null ? paths.post(post) : paths.comment(commentId)
  return html`<li class="row hit" data-row><p class="tl">${
    post.kind === 'question' &&
    html`<span class="mk ${post.accepted ? 'ok' : 'q'}">${post.accepted && icon('check')}${post.accepted ? words.list.solved : words.list.question}</span>`
  }<a href="${to}">${marked(title)}</a>${
    post.comments > 0 &&
    html`&nbsp;<span class="cc"><span class="sr">${words.member.comments} </span>[${post.comments}]</span>`
  }</p>
${snippet.text !== '' && html`<p class="sn">${commentId !== null && html`<span class="mk">${icon('comment')}${t.inComment}</span>`}${marked(snippet)}</p>`}
<p class="m"><a href="${paths.board(post.board.slug)}">${post.board.name}</a>${personLink(page, post.author)}${timeShort(page, post.createdAt)}<span class="vo">${words.list.votes({ count: post.votes })}</span>${
    post.tags.length > 0 &&
    html`<span class="tg">${post.tags.map((name) => html`<a href="${paths.tag(name)}">#${name}</a>`)}</span>`
  }</p></li>
`
}

/** A text with what was asked in `<mark>`; everything else is escaped as any text. */
export function marked({ text, marks }: Marked): Html {
  const parts: Html[] = []
  let at = 0
  for (const [from, to] of marks) {
    parts.push(html`${text.slice(at, from)}<mark>${text.slice(from, to)}</mark>`)
    at = to
  }
  return html`${parts}${text.slice(at)}`
}

function nobody(page: Page, { asked, result }: Shown): Html {
  const t = page.words.search
  if (asked.after !== null)
    return emptyPlace({
      title: page.words.list.end,
      text: page.words.list.endNext,
      action: { href: address(asked), label: t.first },
    })
  const text = textOfQuery(result.query)
  const isNarrow = Object.keys(result.query.filters).length > 0 && text !== ''
  const everywhere = { href: paths.searchPage({ q: text }), label: t.everywhere }
  return emptyPlace({ title: t.none, text: t.noneText, ...(isNarrow ? { action: everywhere } : {}) })
}

function resultPager(page: Page, { asked, result }: Shown): Html {
  const t = page.words.search
  return pager({
    label: t.pages,
    next: result.next === null ? null : { href: address(asked, { after: result.next }), label: t.next },
    first:
      asked.after === null || result.items.length === 0 ? null : { href: address(asked), label: t.first },
  })
}

function facetLinks(page: Page, { asked, result }: Shown): Html {
  const t = page.words.search
  if (!result.facets) return nothing
  const { boards } = result.facets
  return html`<nav class="facets" id="narrow" tabindex="-1" aria-label="${t.narrow}">
<h2>${t.boards}</h2><ul class="plain">${boards.map(
    ({ slug, name, count }) =>
      html`<li><a href="${address(asked, { board: asked.board === slug ? '' : slug })}"${asked.board === slug && html` aria-current="true"`}>${name}</a> <span class="quiet">${count}</span></li>`,
  )}</ul>
${timeLinks(page, asked, result.facets)}</nav>`
}

/** By year; by month where there is one year only. */
function timeLinks(page: Page, asked: Asked, { years, months }: Facets): Html {
  const t = page.words.search
  const undated = withoutOperator(withoutOperator(asked.q, 'after'), 'before')
  const between = (from: string, to: string) =>
    address(asked, { q: `${undated} after:${from} before:${to}`.trim() })
  const spans =
    months.length > 0
      ? months.map(({ month, count }) => ({ ...spanOf(month), count }))
      : years.map(({ year, count }) => ({ ...spanOf(String(year)), count }))
  if (spans.length < 2) return nothing
  return html`<h2>${months.length > 0 ? t.months : t.years}</h2><ul class="plain">${spans.map(
    ({ from, to, count }) =>
      html`<li><a href="${between(from, to)}">${t.span(from)}</a> <span class="quiet">${count}</span></li>`,
  )}</ul>
`
}

/** A year or a month, and the one after it: what `after:` and `before:` take. */
function spanOf(from: string): { from: string; to: string } {
  const [year = 0, month] = from.split('-').map(Number)
  if (month === undefined) return { from, to: String(year + 1) }
  return { from, to: month === 12 ? `${year + 1}-01` : `${year}-${String(month + 1).padStart(2, '0')}` }
}

function tips(page: Page): Html {
  const t = page.words.search
  return html`<section class="tips"><h2>${t.tips}</h2><p>${t.tipWords}</p><p>${t.tipInitials}</p>
<dl>${t.tipList.map(([example = '', text = '']) => html`<div><dt><code>${example}</code></dt><dd>${text}</dd></div>`)}</dl></section>`
}

/** Posts with a similar title, for who writes one; empty where there are none, for a script to fill. */
export function similarPosts(page: Page, posts: readonly ListedPost[]): Html {
  const t = page.words.search
  return html`<div class="similar" data-similar aria-live="polite" data-label="${t.similar}" data-solved="${t.similarSolved}">${
    posts.length > 0 &&
    html`<p>${t.similar}</p><ul class="plain">${posts.map(
      (post) =>
        html`<li><a href="${paths.post(post)}" target="_blank">${post.title}</a>${post.accepted && html` <span class="mk ok">${t.similarSolved}</span>`}</li>`,
    )}</ul>`
  }</div>`
}
