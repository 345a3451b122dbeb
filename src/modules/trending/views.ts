import type { Span } from '#modules/acts/kinds.ts'
import { postRows } from '#modules/posts/views/rows.ts'
import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { emptyPlace } from '#ui/empty.ts'
import { type Field, form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { actKinds } from './formula.ts'
import type { TrendingPost, TrendingTag } from './reading.ts'
import type { TrendingWord } from './words.ts'

export const whats = ['posts', 'tags', 'words'] as const
export type What = (typeof whats)[number]

export type TrendingData = { span: Span } & (
  | { what: 'posts'; posts: readonly TrendingPost[] }
  | { what: 'tags'; tags: readonly TrendingTag[] }
  | { what: 'words'; words: readonly TrendingWord[] }
)

/** GET /trending?what=&window=. Needs `width: 'list'`. */
export function trendingPage(page: Page, data: TrendingData): Html {
  const { trending: t } = page.words
  return html`<header class="head"><h1>${t.title}</h1><p class="about">${t.about}</p></header>
${tabs(page, data)}
${ranking(page, data)}`
}

function tabs({ words: { trending: t } }: Page, { what, span }: TrendingData): Html {
  const link = (href: string, label: string, current: boolean) =>
    html`<a href="${href}"${current && html` aria-current="true"`}>${label}</a>`
  const address = (to: { what: What; window: Span }) =>
    paths.trending({
      what: to.what === 'posts' ? null : to.what,
      window: to.window === 'day' ? null : to.window,
    })
  return html`<nav class="tabs" aria-label="${t.kinds}">${whats.map((one) =>
    link(address({ what: one, window: span }), t.kind[one], one === what),
  )}<span class="periods" role="group" aria-label="${t.windows}">${(['hour', 'day', 'week'] as const).map(
    (one) => link(address({ what, window: one }), t.window[one], one === span),
  )}</span></nav>`
}

function ranking(page: Page, data: TrendingData): Html {
  if (data.what === 'posts')
    return data.posts.length > 0 ? postRows(page, data.posts) : nothingYet(page, data)
  const rows =
    data.what === 'tags'
      ? data.tags.map((row) => tagRow(page, row))
      : data.words.map((row) => wordRow(page, row))
  return rows.length > 0 ? html`<ol class="rows">${rows}</ol>` : nothingYet(page, data)
}

function nothingYet({ words: { trending: t } }: Page, { what, span }: TrendingData): Html {
  const longer = { href: paths.trending({ what, window: 'week' }), label: t.window.week }
  return emptyPlace({ title: t.empty, text: t.emptyNext, ...(span === 'week' ? {} : { action: longer }) })
}

function tagRow({ words: { trending: t } }: Page, row: TrendingTag): Html {
  return html`<li class="row"><p class="tl"><a rel="tag" href="${paths.tag(row.tag)}">#${row.tag}</a></p>
<p class="m"><span>${t.posts({ count: row.posts })}</span><span>${t.people({ count: row.people })}</span></p></li>
`
}

function wordRow({ words: { trending: t } }: Page, row: TrendingWord): Html {
  const quoted = row.word.includes(' ') ? `"${row.word}"` : row.word
  return html`<li class="row"><p class="tl"><a rel="nofollow" href="${paths.searchPage({ q: quoted })}">${row.word}</a></p>
<p class="m"><span>${t.people({ count: row.people })}</span><span>${t.before({ count: row.before })}</span></p></li>
`
}

/** GET and POST /admin/trending: a weight for each kind of act. */
export function weightsPage(page: Page, data: { tabs: Html; state: FormState; saved: boolean }): Html {
  const { admin, trending: t } = page.words
  const fields: Field[] = actKinds.map((kind) => ({
    kind: 'text',
    name: kind,
    label: t.act[kind],
    required: true,
    autocomplete: 'off',
  }))
  return html`<div class="form-page">
<h1>${admin.title}</h1>
${data.tabs}
${data.saved && html`<p class="note" role="status">${admin.siteSaved}</p>`}
<p class="quiet">${t.weightsText}</p>
${form(page, { action: paths.adminPart('trending'), state: data.state, submit: admin.save, fields })}
</div>`
}
