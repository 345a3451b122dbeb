import type { Author } from '#modules/posts/shapes.ts'
import { paths } from '#paths.ts'
import { type Html, html, nothing, raw } from '#platform/html.ts'
import { diffLine, diffTexts, diffView } from '#ui/diff.ts'
import { icon } from '#ui/icon.ts'
import type { Page } from '#ui/page.ts'
import { personLink } from '#ui/person.ts'
import { timeFull } from '#ui/time.ts'

/** Whose history it is; comments have no title of their own and show their post's. */
export type HistoryOf = { kind: 'post' | 'comment'; id: number; title: string }

type Listed = { version: number; by: Author; at: Date; note?: string }
type Compared = { version: number; title?: string; tags?: readonly string[]; body: string }

export type HistoryData = {
  of: HistoryOf
  /** Newest first. */
  versions: readonly Listed[]
  /** The two versions that are compared, older first; null when there is only one. */
  compared: { from: Compared; to: Compared } | null
}

/** All versions and the difference between two of them. Needs `width: 'list'`. */
export function historyPage(page: Page, data: HistoryData): Html {
  const t = page.words.history
  const { of, versions, compared } = data
  return html`<header class="head">${backTrail(page, of)}<div class="head-line"><h1>${
    of.kind === 'post' ? t.of({ title: of.title }) : t.ofComment
  }</h1><a class="btn" href="${paths.part(of, 'history.csv')}" download>${t.download}</a></div></header>
${compared ? comparison(page, data, compared) : html`<p class="quiet">${t.only}</p>`}
<section aria-labelledby="versions-title"><h2 id="versions-title">${t.list}</h2>
<ol class="versions plain">${versions.map((one, index) => versionRow(page, of, { ...one, index, count: versions.length }))}</ol></section>`
}

function backTrail(page: Page, of: HistoryOf): Html {
  const href = of.kind === 'post' ? paths.post(of) : paths.comment(of.id)
  return html`<nav class="trail" aria-label="${page.words.layout.breadcrumb}"><a href="${href}">${of.title}</a></nav>`
}

function comparison(
  page: Page,
  { of, versions }: HistoryData,
  { from, to }: NonNullable<HistoryData['compared']>,
): Html {
  const t = page.words.history
  const { blocks, byLines } = diffTexts(from.body, to.body)
  const tagsOf = (one: Compared) => (one.tags ?? []).map((tag) => `#${tag}`).join(' ')
  return html`<section class="changes" aria-labelledby="changes-title">
<h2 id="changes-title">${t.changes({ from: from.version, to: to.version })}</h2>
${versions.length > 2 && chooser(page, of, { versions, from: from.version, to: to.version })}
${byLines && html`<p class="small quiet">${t.byLines}</p>`}
${diffLine(page, { label: t.titleField, before: from.title ?? '', after: to.title ?? '' })}${diffLine(page, {
  label: t.tagsField,
  before: tagsOf(from),
  after: tagsOf(to),
})}
<h3 class="small">${t.bodyField}</h3>
${diffView(page, blocks)}</section>`
}

function chooser(
  page: Page,
  of: HistoryOf,
  chosen: { versions: readonly Listed[]; from: number; to: number },
): Html {
  const t = page.words.history
  const choice = (name: 'from' | 'to', label: string) =>
    html`<label>${label} <select name="${name}">${chosen.versions.map(
      ({ version }) =>
        html`<option value="${version}"${version === chosen[name] && html` selected`}>${t.version({ version })}</option>`,
    )}</select></label>`
  return html`<form class="chooser" action="${paths.history(of)}">${choice('from', t.from)}${choice('to', t.to)}<button class="btn">${
    t.compare
  }</button></form>`
}

function versionRow(page: Page, of: HistoryOf, one: Listed & { index: number; count: number }): Html {
  const t = page.words.history
  const before = one.version - 1
  return html`<li><a class="version" href="${paths.version(of, one.version)}">${t.version(one)}</a><p class="m">${personLink(
    page,
    one.by,
  )}${timeFull(page, one.at)}${one.index === 0 && html`<span class="new">${t.current}</span>`}${
    one.index < one.count - 1 &&
    html`<a href="${paths.history(of, { from: before, to: one.version })}">${t.compare}</a>`
  }</p>${one.note ? html`<p class="small">${one.note}</p>` : nothing}</li>`
}

export type VersionData = {
  of: HistoryOf
  version: { version: number; title?: string; html: string; by: Author; at: Date; note?: string }
}

/** One version as it was. */
export function versionPage(page: Page, { of, version }: VersionData): Html {
  const t = page.words.history
  return html`<p class="note">${icon('history')}<span>${t.shown(version)} <a href="${paths.history(of)}">${t.backToHistory}</a></span></p>
<article class="post"><header>${backTrail(page, of)}<h1>${version.title ?? t.ofComment}</h1><p class="m">${personLink(
    page,
    version.by,
  )}${timeFull(page, version.at)}<span>${t.version(version)}</span></p></header>
<div class="prose">${raw(version.html)}</div></article>`
}
