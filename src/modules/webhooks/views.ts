import { adminTabs } from '#modules/admin/views.ts'
import { choices, proveFirst, secretNote } from '#modules/keys/views.ts'
import { paths } from '#paths.ts'
import { type Html, html, nothing } from '#platform/html.ts'
import { asks, errorSummary, type Field, field } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { timeFull } from '#ui/time.ts'
import type { ToldEvent } from './events.ts'
import type { Delivery } from './webhooks.ts'

type ShownWebhook = {
  id: string
  url: string
  events: readonly string[]
  private: boolean
  failures: number
  disabledAt: Date | null
  disabledWhy: 'failures' | 'administrator' | null
}

export type WebhooksData = {
  webhooks: readonly ShownWebhook[]
  events: readonly ToldEvent[]
  state: FormState
  /** The one just made; its secret cannot be shown again. */
  made: { id: string; secret: string } | null
  removed: boolean
  /** Whether they just showed who they are: without it no webhook is made. */
  proven: boolean
}

/** GET /admin/webhooks. POST: `url`, `event-post.published` …, `private`. */
export function webhooksPage(page: Page, data: WebhooksData): Html {
  const { admin, webhooks: t } = page.words
  return html`<div class="form-page wide">
<h1>${admin.title}</h1>
${adminTabs(page, 'webhooks')}
<p class="quiet">${t.text}</p>
${data.removed && html`<p class="note" role="status">${t.removed}</p>`}
${
  data.made &&
  html`${secretNote(page, { label: t.secret, text: t.ready, secret: data.made.secret })}
<p><a class="btn" href="${paths.webhook(data.made.id)}">${t.open}</a></p>`
}
${data.webhooks.length === 0 ? html`<div class="empty"><p>${t.none}</p></div>` : webhookList(page, data)}
<section aria-labelledby="new-webhook"><h2 id="new-webhook">${t.new}</h2>
${data.proven ? webhookForm(page, data) : proveFirst(page, paths.webhooks())}</section>
</div>`
}

function webhookList(page: Page, { webhooks }: WebhooksData): Html {
  return html`<ul class="plain lines">${webhooks.map(
    (
      webhook,
    ) => html`<li data-row><div class="line-text"><a class="line-title" href="${paths.webhook(webhook.id)}">${webhook.url}</a>
<small class="quiet">${eventNames(page, webhook)}${webhook.private && html` · ${page.words.webhooks.private}`}</small></div>
${stateOf(page, webhook)}</li>`,
  )}</ul>`
}

function eventNames(page: Page, { events }: ShownWebhook): string {
  const names: Record<string, string> = page.words.webhooks.events
  return events.map((event) => names[event] ?? event).join(', ')
}

function stateOf(page: Page, webhook: ShownWebhook): Html {
  const { webhooks: t } = page.words
  if (webhook.disabledWhy) return html`<strong class="danger-text">${t.offWhy[webhook.disabledWhy]}</strong>`
  return webhook.failures > 0
    ? html`<span class="danger-text">${t.failing({ count: webhook.failures })}</span>`
    : nothing
}

function webhookForm(page: Page, { state, events }: WebhooksData): Html {
  const { webhooks: t } = page.words
  const url: Field = {
    kind: 'text',
    name: 'url',
    label: t.url,
    hint: t.urlHint,
    spellcheck: false,
    required: true,
  }
  const isPrivate: Field = { kind: 'check', name: 'private', label: t.private, hint: t.privateHint }
  const options = events.map((type) => ({ name: `event-${type}`, label: t.events[type] }))
  return html`<form class="form" method="post" action="${paths.webhooks()}" novalidate>
${errorSummary(page, { state, fields: [url, { kind: 'text', name: 'events', label: t.which }] })}
${field(page, { state, field: url })}
${choices(page, { state, name: 'events', legend: t.which, options })}
${field(page, { state, field: isPrivate })}
<div class="form-actions"><button class="btn primary">${t.create}</button></div>
</form>`
}

const doneParts = ['on', 'off', 'test', 'again'] as const
type Done = (typeof doneParts)[number]

export function isDone(text: unknown): text is Done {
  return doneParts.some((part) => part === text)
}

export type WebhookData = { webhook: ShownWebhook; deliveries: readonly Delivery[]; done: Done | null }

/** GET /admin/webhooks/{id}. POST …/on, …/off, …/test, …/remove; …/deliveries/{id} sends one again. */
export function webhookPage(page: Page, { webhook, deliveries, done }: WebhookData): Html {
  const { admin, webhooks: t } = page.words
  const part = (name: string, label: string, danger = false) =>
    html`<form method="post" action="${paths.webhook(webhook.id, name)}"${danger && asks(t.removeSure)}><button class="btn${danger && ' danger'}">${label}</button></form>`
  return html`<div class="form-page wide">
<h1>${admin.title}</h1>
${adminTabs(page, 'webhooks')}
<h2>${webhook.url}</h2>
${done && html`<p class="note" role="status">${t.done[done]}</p>`}
<p class="quiet">${eventNames(page, webhook)}${webhook.private && html` · ${t.private}`} ${stateOf(page, webhook)}</p>
<div class="form-actions">
${webhook.disabledAt ? part('on', t.on) : html`${part('test', t.test)}${part('off', t.off)}`}
${part('remove', t.remove, true)}
</div>
<section aria-labelledby="deliveries"><h2 id="deliveries">${t.deliveries}</h2>
${deliveries.length === 0 ? html`<div class="empty"><p>${t.noDeliveries}</p></div>` : deliveryTable(page, { webhook, deliveries })}
</section>
</div>`
}

function deliveryTable(page: Page, data: Pick<WebhookData, 'webhook' | 'deliveries'>): Html {
  const { webhooks: t } = page.words
  const rows = data.deliveries.map(
    (one) => html`<tr data-row><td data-label="${t.event}">${deliveryName(page, one)}</td>
<td data-label="${t.at}">${timeFull(page, one.happenedAt)}</td>
<td data-label="${t.state}">${outcome(page, one)}</td>
<td>${
      one.state !== 'waiting' &&
      !data.webhook.disabledAt &&
      html`<form method="post" action="${paths.webhook(data.webhook.id, `deliveries/${one.id}`)}"><button class="btn small" aria-label="${t.againNamed({ id: one.id })}">${t.again}</button></form>`
    }</td></tr>`,
  )
  return html`<table class="data"><thead><tr><th scope="col">${t.event}</th><th scope="col">${t.at}</th>
<th scope="col">${t.state}</th><td></td></tr></thead><tbody>${rows}</tbody></table>`
}

function deliveryName(page: Page, { id, event }: Delivery): Html {
  const names: Record<string, string> = page.words.webhooks.events
  return html`${names[event] ?? page.words.webhooks.testEvent} <small class="quiet">${id}</small>`
}

/** What came of it, with the receiver's answer or the reason why there was none. */
function outcome(page: Page, delivery: Delivery): Html {
  const { webhooks: t } = page.words
  const { state, status, ms, tries, problem } = delivery
  const problems: Record<string, string> = t.problems
  return html`${t.states[state]}${
    tries > 0 &&
    html` <small class="quiet">${t.tries({ count: tries })}${
      ms !== null && html`, ${t.took({ ms })}`
    }${status !== null && html`, ${t.answered({ status })}`}</small>`
  }${
    problem !== '' &&
    html`<br><small class="danger-text">${problems[problem] ?? t.problems.unreachable}</small>`
  }`
}
