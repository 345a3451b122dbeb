import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import type { Page } from '#ui/page.ts'
import type { PostStats } from './stats.ts'

type Post = { id: number; title: string }

/** GET /p/:id/stats: a table with bars, for the author and moderators. */
export function statsPage(page: Page, stats: PostStats): Html {
  const { stats: t } = page.words
  const { post } = stats
  return html`<div class="form-page numbers">
<p>${t.of}: <a href="${paths.post(post)}">${post.title}</a></p>
<h1>${t.title}</h1>
<p class="quiet">${t.text}</p>
<p><b>${t.total({ count: stats.views })}</b></p>
<h2 id="by-day">${t.byDay}</h2>
${stats.days.length > 0 ? daysTable(page, stats) : html`<p class="quiet">${t.none}</p>`}
<h2 id="lately">${t.lately}</h2>
${stats.people.length > 0 ? peopleTable(page, stats) : html`<p class="quiet">${t.nobody}</p>`}
${stats.people.length > 0 && html`<p>${t.exposure({ percent: percentOf(stats.exposure) })}<br><span class="quiet">${t.exposureText}</span></p>`}
</div>`
}

function daysTable({ words: { stats: t } }: Page, { days }: PostStats): Html {
  const most = Math.max(...days.map((one) => one.views))
  return html`<table class="stats" aria-labelledby="by-day"><thead><tr><th scope="col">${t.day}</th><th scope="col">${t.views}</th><th aria-hidden="true"></th></tr></thead>
<tbody>${days.map(
    ({ day, views }) =>
      html`<tr><th scope="row"><time datetime="${day}">${day}</time></th><td>${views}</td><td aria-hidden="true"><meter min="0" max="${most}" value="${views}"></meter></td></tr>
`,
  )}</tbody></table>`
}

function peopleTable({ words: { stats: t, trending } }: Page, { people }: PostStats): Html {
  return html`<table class="stats" aria-labelledby="lately"><thead><tr><th scope="col">${t.act}</th><th scope="col">${t.people}</th></tr></thead>
<tbody>${people.map(
    (one) => html`<tr><th scope="row">${trending.act[one.kind]}</th><td>${one.people}</td></tr>
`,
  )}</tbody></table>`
}

/** To one place, as `4.8`. */
const percentOf = (rate: number) => String(Math.round(rate * 1000) / 10)

/** GET /p/:id/share: the address to pass on, for whoever has no script. */
export function sharePage(page: Page, data: { post: Post; address: string }): Html {
  const { share: t } = page.words
  return html`<div class="form-page numbers">
<h1>${t.title}</h1>
<p>${t.text}</p>
<p class="field"><label for="share-address">${t.address}</label>
<input id="share-address" type="url" readonly value="${data.address}"></p>
<p><a class="btn" href="${paths.post(data.post)}">${t.back}</a></p>
</div>`
}
