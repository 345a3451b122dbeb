import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { emptyState, errorSummary } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { settingsTabs } from '#ui/settings-tabs.ts'
import { timeFull } from '#ui/time.ts'
import { type Kind, kinds, mailTimes, type Ways } from './kinds.ts'
import type { Device } from './push.ts'

export type SettingsData = {
  ways: Record<Kind, Ways> | null
  /** Whether mails go to this member. */
  mails: 'yes' | 'no-site' | 'no-address'
  devices: readonly Device[]
  state: FormState | null
  saved: boolean
}

/** POST /settings/notifications: `page-KIND`, `mail-KIND`, `push-KIND` for each kind. */
export function settingsPage(page: Page, data: SettingsData): Html {
  const { notifyBy: t } = page.words
  const state = data.state ?? emptyState
  const zone = page.timeZone.replaceAll('_', ' ')
  return html`<div class="form-page wide">
${settingsTabs(page, 'notifications')}
<h1>${t.title}</h1>
${data.saved && html`<p class="note" role="status">${t.saved}</p>`}
<p class="quiet">${t.text}</p>
${data.mails === 'no-address' && html`<p class="note">${t.noAddress} <a href="${paths.settings()}#email">${page.words.account.email}</a></p>`}
${data.mails === 'no-site' && html`<p class="note">${t.noMails}</p>`}
<form class="form" method="post" action="${paths.settingsPart('notifications')}" novalidate>
${errorSummary(page, { state, fields: [] })}
${table(page, data)}
<p class="hint">${t.morning({ zone })} <a href="${paths.settings()}#profile">${t.toZone}</a></p>
<div class="form-actions"><button class="btn primary">${page.words.forms.save}</button></div>
</form>
${devicesPart(page, data.devices)}
</div>`
}

/** A script shows the button where the browser can do it. POST /settings/notifications/devices/{id}: nothing, to remove one. */
function devicesPart(page: Page, devices: readonly Device[]): Html {
  const { notifyBy: t } = page.words
  const row = ({ id, service, at }: Device) =>
    html`<li data-row><div class="line-text"><span class="line-title">${service}</span> <small class="quiet">${timeFull(page, at)}</small></div>
<form method="post" action="${paths.pushDevice(id)}" class="inline"><button class="btn" aria-label="${t.deviceRemoveNamed({ name: service })}">${t.deviceRemove}</button></form></li>`
  return html`<section aria-labelledby="devices"><h2 id="devices">${t.devices}</h2>
<p class="hint">${t.devicesText}</p>
${devices.length === 0 ? html`<p class="quiet">${t.devicesNone}</p>` : html`<ul class="plain lines">${devices.map(row)}</ul>`}
<div data-push data-denied="${t.denied}" data-failed="${t.failed}" hidden><button class="btn" type="button">${t.deviceAdd}</button><p role="status"></p></div>
</section>`
}

function table(page: Page, { ways }: SettingsData): Html {
  const { notifyBy: t } = page.words
  return html`<table class="data told-by"><thead><tr><th scope="col">${t.kind}</th><th scope="col">${t.page}</th>
<th scope="col">${t.mail}</th><th scope="col">${t.push}</th></tr></thead>
<tbody>${kinds.map((kind) => row(page, kind, ways?.[kind]))}</tbody></table>`
}

function row(page: Page, kind: Kind, ways: Ways | undefined): Html {
  const { notifyBy: t } = page.words
  const box = (way: 'page' | 'push') =>
    html`<input type="checkbox" name="${way}-${kind}" value="1" aria-label="${t.kinds[kind]}: ${t[way]}"${
      ways?.[way] && html` checked`
    }>`
  return html`<tr data-row><th scope="row" data-label="${t.kind}">${t.kinds[kind]}</th>
<td data-label="${t.page}">${box('page')}</td>
<td data-label="${t.mail}"><select name="mail-${kind}" aria-label="${t.kinds[kind]}: ${t.mail}">${mailTimes.map(
    (time) =>
      html`<option value="${time}"${ways?.mail === time && html` selected`}>${t.times[time]}</option>`,
  )}</select></td>
<td data-label="${t.push}">${box('push')}</td></tr>`
}
