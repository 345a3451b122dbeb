import type { Factors } from '#modules/accounts/factors.ts'
import type { ListedIdentity } from '#modules/accounts/identities.ts'
import type { ListedPasskey } from '#modules/accounts/passkeys.ts'
import type { ListedSecurityEvent } from '#modules/accounts/security-events.ts'
import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { emptyState, form } from '#ui/forms.ts'
import type { Page } from '#ui/page.ts'
import { timeFull } from '#ui/time.ts'
import { addPasskeyForm } from './passkeys.ts'

export const factorsDone = [
  'proved',
  'password',
  'off',
  'passkey',
  'renamed',
  'removed',
  'linked',
  'unlinked',
] as const

export type FactorsData = {
  factors: Factors
  /** Whether they showed in the last ten minutes who they are: without it nothing can be changed. */
  proven: boolean
  passkeys: readonly ListedPasskey[]
  identities: readonly ListedIdentity[]
  events: readonly ListedSecurityEvent[]
  /** The issuer that the site knows, and where linking begins. */
  issuer: { name: string; href: string } | null
  done: (typeof factorsDone)[number] | null
  /** What this browser is called, for the name of a new passkey. */
  device: string
}

/** The sections of GET /settings/security about how one gets in. */
export function factorSections(page: Page, data: FactorsData): Html {
  const { factors: t } = page.words
  return html`${data.done && html`<p class="note" role="status">${t.done[data.done]}</p>`}
${
  !data.proven &&
  html`<div class="note"><div><p>${t.proveNote}</p><p><a class="btn" href="${paths.prove(paths.security())}">${t.prove}</a></p></div></div>`
}
<section id="password"><h2>${t.password}</h2>${passwordPart(page, data)}</section>
<section id="app"><h2>${t.app}</h2>${appPart(page, data)}</section>
${data.factors.totp === 'on' && html`<section id="recovery"><h2>${t.codes}</h2>${codesPart(page, data)}</section>`}
<section id="passkeys"><h2>${t.passkeys}</h2>${passkeysPart(page, data)}</section>
${
  (data.issuer || data.identities.length > 0) &&
  html`<section id="identities"><h2>${t.identities}</h2>${identitiesPart(page, data)}</section>`
}
${data.events.length > 0 && html`<section id="changes"><h2>${t.changes}</h2>${eventList(page, data.events)}</section>`}`
}

function passwordPart(page: Page, { factors, proven }: FactorsData): Html {
  const { factors: t, account } = page.words
  if (factors.password) {
    return html`<p>${t.passwordSet} <a href="${paths.settings()}#password">${account.changePassword}</a></p>`
  }
  const link = html`<p><a class="btn" href="${paths.securityPart('password')}">${t.setPassword}</a></p>`
  return html`<p>${t.passwordNone}</p>${proven && link}`
}

function appPart(page: Page, { factors, proven }: FactorsData): Html {
  const { factors: t } = page.words
  if (factors.totp === 'on') {
    const off = html`<p><a class="btn" href="${paths.securityPart('totp/off')}">${t.turnOff}</a></p>`
    return html`<p>${t.appOn}</p>${proven && off}`
  }
  const begin = () =>
    form(page, { action: paths.securityPart('totp'), state: emptyState, submit: t.appBegin, fields: [] })
  return html`<p class="hint">${t.appText}</p>
${factors.totp === 'begun' && proven && html`<p><a href="${paths.securityPart('totp')}">${t.appGoOn}</a></p>`}
${proven && begin()}`
}

function codesPart(page: Page, { factors, proven }: FactorsData): Html {
  const { factors: t } = page.words
  const renew = () =>
    form(page, {
      action: paths.securityPart('recovery-codes'),
      state: emptyState,
      submit: t.codesNew,
      fields: [],
    })
  return html`<p>${t.codesLeft({ count: factors.recoveryCodes })}</p><p class="hint">${t.codesText}</p>
${proven && html`<p class="hint">${t.codesNewHint}</p>${renew()}`}`
}

function passkeysPart(page: Page, data: FactorsData): Html {
  const { factors: t } = page.words
  const rows = data.passkeys.map(
    (one) => html`<li data-row><div class="line-text"><strong>${one.name}</strong>
<small class="quiet">${t.added} ${timeFull(page, one.createdAt)} · ${
      one.usedAt ? html`${t.used} ${timeFull(page, one.usedAt)}` : t.never
    }</small></div>
${data.proven && html`<a class="btn" href="${paths.passkey(one.id)}">${t.passkeyManage}<span class="sr"> ${one.name}</span></a>`}</li>`,
  )
  return html`<p class="hint">${t.passkeysText}</p>
${rows.length > 0 && html`<ul class="plain lines">${rows}</ul>`}
${data.proven && addPasskeyForm(page, data.device)}`
}

function identitiesPart(page: Page, data: FactorsData): Html {
  const { factors: t } = page.words
  const unlink = (id: number) =>
    html`<form method="post" action="${paths.securityPart(`identities/${id}/remove`)}"><button class="btn">${t.unlink}</button></form>`
  const rows = data.identities.map(
    (one) => html`<li data-row><div class="line-text"><strong>${one.label}</strong>
<small class="quiet">${new URL(one.issuer).host} · ${t.added} ${timeFull(page, one.createdAt)}</small></div>
${data.proven && unlink(one.id)}</li>`,
  )
  const { issuer } = data
  return html`${issuer && html`<p class="hint">${t.identitiesText({ name: issuer.name })}</p>`}
${rows.length > 0 && html`<ul class="plain lines">${rows}</ul>`}
${issuer && data.proven && html`<p><a class="btn" href="${issuer.href}">${t.link({ name: issuer.name })}</a></p>`}`
}

function eventList(page: Page, events: readonly ListedSecurityEvent[]): Html {
  const { factors: t } = page.words
  return html`<ul class="plain lines">${events.map(
    (
      one,
    ) => html`<li><span>${t.events[one.kind]}${one.byAdministrator && html` <strong>${t.byAdministrator}</strong>`}</span>
<small class="quiet">${timeFull(page, one.at)}</small></li>`,
  )}</ul>`
}
