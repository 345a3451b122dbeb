import { adminTabs } from '#modules/admin/views.ts'
import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { asks, type Field, form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { timeDay, timeFull } from '#ui/time.ts'
import { proveFirst, secretNote } from './views.ts'

type ShownClient = { id: string; name: string; by: string | null; createdAt: Date; usedAt: Date | null }

export type ClientsData = {
  clients: readonly ShownClient[]
  /** Whether signing up and in by the API takes a signature. */
  signedApps: boolean
  state: FormState
  /** The client just made; its secret cannot be shown again. */
  made: { id: string; name: string; secret: string } | null
  done: 'revoked' | 'saved' | null
  /** Whether they just showed who they are: without it no client is made. */
  proven: boolean
}

/** GET /admin/clients. POST: `name`; …/rule: `signedApps`; …/{id}/revoke. */
export function clientsPage(page: Page, data: ClientsData): Html {
  const { admin, appClients: t } = page.words
  return html`<div class="form-page wide">
<h1>${admin.title}</h1>
${adminTabs(page, 'clients')}
<p class="quiet">${t.text}</p>
${data.done && html`<p class="note" role="status">${t.done[data.done]}</p>`}
${data.made && html`<p><strong>${data.made.name}</strong>: <code>${data.made.id}</code></p>${secretNote(page, { label: t.secret, text: t.ready, secret: data.made.secret })}`}
${data.clients.length === 0 ? html`<div class="empty"><p>${t.none}</p></div>` : clientList(page, data)}
<section aria-labelledby="new-client"><h2 id="new-client">${t.new}</h2>
${data.proven ? clientForm(page, data.state) : proveFirst(page, paths.clients())}</section>
<section aria-labelledby="client-rule"><h2 id="client-rule">${t.rule}</h2>
${form(page, {
  action: paths.clientPart('rule'),
  prefix: 'rule',
  state: { values: { signedApps: data.signedApps ? '1' : '' }, errors: {} },
  submit: page.words.forms.save,
  fields: [{ kind: 'check', name: 'signedApps', label: t.signedApps, hint: t.signedAppsHint }],
})}</section>
</div>`
}

function clientForm(page: Page, state: FormState): Html {
  const { appClients: t } = page.words
  const name: Field = { kind: 'text', name: 'name', label: t.name, required: true }
  return form(page, { action: paths.clients(), state, submit: t.create, fields: [name] })
}

function clientList(page: Page, { clients }: ClientsData): Html {
  const { apiKeys, appClients: t } = page.words
  const rows = clients.map(
    (
      client,
    ) => html`<li data-row><div class="line-text"><strong>${client.name}</strong> <code>${client.id}</code>
<small class="quiet">${t.madeBy({ name: client.by ?? page.words.post.gone })} ${timeDay(page, client.createdAt)} · ${
      client.usedAt ? html`${apiKeys.used} ${timeFull(page, client.usedAt)}` : apiKeys.neverUsed
    }</small></div>
<form method="post" action="${paths.clientPart(client.id, 'revoke')}"${asks(t.revokeSure)}><button class="btn small danger" aria-label="${apiKeys.revokeNamed({ name: client.name })}">${apiKeys.revoke}</button></form></li>`,
  )
  return html`<ul class="plain lines">${rows}</ul>`
}
