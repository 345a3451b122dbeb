import type { SignInWay } from '#modules/accounts/sign-ins.ts'
import { paths } from '#paths.ts'
import { type Html, html, nothing, raw } from '#platform/html.ts'
import { emptyState, form } from '#ui/forms.ts'
import type { Page } from '#ui/page.ts'
import { settingsTabs } from '#ui/settings-tabs.ts'
import { timeFull } from '#ui/time.ts'
import { browserName } from './settings.ts'

type SessionLine = {
  id: string
  kind: 'browser' | 'client'
  agent: string
  network: string
  createdAt: Date
  seenAt: Date
  current: boolean
}
type SignInLine = { way: SignInWay; refused: boolean; agent: string; network: string; at: Date }

export type SecurityData = {
  /** The sections about how one gets in. */
  factors: Html
  sessions: readonly SessionLine[]
  signIns: readonly SignInLine[]
  done: 'ended' | 'others' | null
  /** A code just made, in this answer alone; `qr` is SVG that we made. */
  code: { code: string; qr: string; expiresAt: Date } | null
}

/**
 * GET /settings/security: where one is signed in, a code for a second device, the last sign-ins. POST …/code and …/others:
 * nothing; …/end: `id`.
 */
export function securityPage(page: Page, data: SecurityData): Html {
  const { security: t, account } = page.words
  return html`<div class="form-page wide">
${settingsTabs(page, 'security')}
<h1>${t.title}</h1>
${data.done && html`<p class="note" role="status">${data.done === 'ended' ? t.ended : account.saved.sessions}</p>`}
${data.factors}
<section><h2>${account.sessions}</h2>${sessionTable(page, data.sessions)}
${
  data.sessions.length > 1 &&
  form(page, {
    action: paths.securityPart('others'),
    state: emptyState,
    submit: account.signOutOthers,
    fields: [],
  })
}</section>
<section id="code"><h2>${t.secondDevice}</h2>${data.code ? codeNote(page, data.code) : nothing}
<p class="hint">${t.secondDeviceText}</p>
${form(page, { action: `${paths.securityPart('code')}#code`, state: emptyState, submit: data.code ? t.newCode : t.makeCode, fields: [] })}</section>
<section><h2>${t.history}</h2><p class="hint">${t.historyText}</p>${historyTable(page, data.signIns)}</section>
</div>`
}

/** "Firefox, Android", or what kind of program it is. */
function deviceName(page: Page, given: { agent: string; kind?: 'browser' | 'client' }): string {
  const { account } = page.words
  return browserName(given.agent) || (given.kind === 'browser' ? account.browser : account.client)
}

function sessionTable(page: Page, sessions: readonly SessionLine[]): Html {
  const { security: t, account } = page.words
  const rows = sessions.map(
    (one) => html`<tr data-row><td data-label="${t.device}">${deviceName(page, one)}</td>
<td data-label="${t.network}">${one.network || t.unknown}</td>
<td data-label="${t.since}">${timeFull(page, one.createdAt)}</td>
<td data-label="${account.seen}">${one.current ? html`<strong>${account.thisDevice}</strong>` : timeFull(page, one.seenAt)}</td>
<td>${
      one.current
        ? nothing
        : html`<form method="post" action="${paths.securityPart('end')}"><input type="hidden" name="id" value="${one.id}"><button class="btn">${t.end}<span class="sr"> ${deviceName(page, one)}</span></button></form>`
    }</td></tr>`,
  )
  return html`<table class="data"><thead><tr><th scope="col">${t.device}</th><th scope="col">${t.network}</th>
<th scope="col">${t.since}</th><th scope="col">${account.seen}</th><td></td></tr></thead><tbody>${rows}</tbody></table>`
}

function codeNote(page: Page, { code, qr, expiresAt }: NonNullable<SecurityData['code']>): Html {
  const { security: t } = page.words
  return html`<div class="note warm device-code" role="status"><div><p>${t.codeReady({ path: paths.signInCode() })}</p>
<p><strong class="code">${code.slice(0, 4)} ${code.slice(4)}</strong></p>
<p class="small">${t.codeUntil} ${timeFull(page, expiresAt)}</p></div>
<div class="qr" role="img" aria-label="${t.qr}">${raw(qr)}</div></div>`
}

function historyTable(page: Page, signIns: readonly SignInLine[]): Html {
  const { security: t } = page.words
  if (signIns.length === 0) return html`<p>${t.noHistory}</p>`
  const rows = signIns.map(
    (one) => html`<tr data-row><td data-label="${t.when}">${timeFull(page, one.at)}</td>
<td data-label="${t.way}">${t.ways[one.way] ?? one.way}</td>
<td data-label="${t.device}">${deviceName(page, one)}</td>
<td data-label="${t.network}">${one.network || t.unknown}</td>
<td data-label="${t.outcome}">${one.refused ? html`<strong class="danger-text">${t.wasRefused}</strong>` : t.wasLetIn}</td></tr>`,
  )
  return html`<table class="data"><thead><tr><th scope="col">${t.when}</th><th scope="col">${t.way}</th>
<th scope="col">${t.device}</th><th scope="col">${t.network}</th><th scope="col">${t.outcome}</th></tr></thead><tbody>${rows}</tbody></table>`
}
