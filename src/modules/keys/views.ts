import type { Scope } from '#modules/accounts/viewer.ts'
import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { asks, errorSummary, type Field, field, fieldId } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { settingsTabs } from '#ui/settings-tabs.ts'
import { timeDay, timeFull } from '#ui/time.ts'

type ShownKey = {
  id: number
  name: string
  scopes: readonly Scope[]
  tail: string
  expiresAt: Date
  usedAt: Date | null
}

export type KeysData = {
  keys: readonly ShownKey[]
  /** Those that this member may give. */
  offered: readonly Scope[]
  state: FormState
  /** The key just made; it cannot be shown again. */
  made: { id: number; key: string } | null
  revoked: boolean
  /** Whether they just showed who they are: without it no key is made. */
  proven: boolean
}

/** GET /settings/keys. POST: `name`, `scope-read`, `scope-write` …, `days`. */
export function keysPage(page: Page, data: KeysData): Html {
  const { apiKeys: t } = page.words
  return html`<div class="form-page">
${settingsTabs(page, 'keys')}
<h1>${t.title}</h1>
<p class="quiet">${t.text} <a href="${paths.apiDocs()}">${t.docs}</a></p>
${data.revoked && html`<p class="note" role="status">${t.revoked}</p>`}
${data.made && secretNote(page, { label: t.key, text: t.ready, secret: data.made.key })}
${data.keys.length === 0 ? html`<div class="empty"><p>${t.none}</p></div>` : keyList(page, data)}
<section aria-labelledby="new-key"><h2 id="new-key">${t.new}</h2>
${data.proven ? keyForm(page, data) : proveFirst(page, paths.keys())}</section>
</div>`
}

/** In the place of a form that only whoever just showed who they are may send; leads back to `next`. */
export function proveFirst({ words }: Page, next: string): Html {
  const { factors: t } = words
  return html`<div class="note"><div><p>${t.proveNote}</p><p><a class="btn" href="${paths.prove(next)}">${t.prove}</a></p></div></div>`
}

/** A secret that is shown once, ready to be copied. */
export function secretNote(page: Page, given: { label: string; text: string; secret: string }): Html {
  return html`<div class="note warm" role="status"><div><p>${given.text}</p>
<p><label class="sr" for="made-secret">${given.label}</label><input id="made-secret" class="copy" value="${given.secret}" readonly spellcheck="false"></p>
<p class="small quiet">${page.words.apiKeys.onlyNow}</p></div></div>`
}

function keyList(page: Page, { keys }: KeysData): Html {
  const { apiKeys: t } = page.words
  const used = (key: ShownKey) => (key.usedAt ? html`${t.used} ${timeFull(page, key.usedAt)}` : t.neverUsed)
  const rows = keys.map(
    (
      key,
    ) => html`<li data-row><div class="line-text"><strong>${key.name}</strong> <code>${shortened(key)}</code>
<small class="quiet">${key.scopes.map((scope) => t.scopes[scope]).join(', ')} · ${used(key)} · ${t.until} ${timeDay(page, key.expiresAt)}</small></div>
<form method="post" action="${paths.revokeKey(key.id)}"${asks(t.revokeSure)}><button class="btn small danger" aria-label="${t.revokeNamed({ name: key.name })}">${t.revoke}</button></form></li>`,
  )
  return html`<ul class="plain lines">${rows}</ul>`
}

/** Enough to know a key again, too little to use it. */
const shortened = ({ tail }: ShownKey) => `mk_…${tail}`

function keyForm(page: Page, { state, offered }: KeysData): Html {
  const { apiKeys: t } = page.words
  const name: Field = { kind: 'text', name: 'name', label: t.name, hint: t.nameHint, required: true }
  const days: Field = {
    kind: 'select',
    name: 'days',
    label: t.days,
    required: true,
    options: (['7', '30', '90', '365'] as const).map((value) => ({ value, label: t.periods[value] })),
  }
  return html`<form class="form" method="post" action="${paths.keys()}" novalidate>
${errorSummary(page, { state, fields: [name, { kind: 'text', name: 'scopes', label: t.may }, days] })}
${field(page, { state, field: name })}
${choices(page, { state, name: 'scopes', legend: t.may, options: offered.map((scope) => ({ name: `scope-${scope}`, label: t.scopes[scope], hint: t.scopeHints[scope] })) })}
${field(page, { state, field: days })}
<div class="form-actions"><button class="btn primary">${t.create}</button></div>
</form>`
}

type Choices = {
  state: FormState
  /** The field that errors are about. */
  name: string
  legend: string
  options: readonly { name: string; label: string; hint?: string }[]
}

/** Several check boxes that answer one question together. */
export function choices(page: Page, { state, name, legend, options }: Choices): Html {
  const error = state.errors[name]
  const id = fieldId('', name)
  return html`<fieldset class="field" id="${id}"${error !== undefined && html` aria-describedby="${id}-error"`}><legend>${legend}</legend>
${error !== undefined && html`<p class="field-error" id="${id}-error">${error}</p>`}
${options.map((one) =>
  field(page, {
    state,
    field: { kind: 'check', name: one.name, label: one.label, ...(one.hint ? { hint: one.hint } : {}) },
  }),
)}
</fieldset>`
}
