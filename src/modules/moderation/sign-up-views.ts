import type { WaitingMember } from '#modules/accounts/approvals.ts'
import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { emptyPlace } from '#ui/empty.ts'
import { emptyState, errorSummary, form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { timeFull } from '#ui/time.ts'
import { moderationTabs } from './views.ts'

export type SignUpsData = {
  waiting: readonly WaitingMember[]
  done: 'approved' | 'refused' | null
  /** The form that was refused. */
  refused: { id: number; state: FormState } | null
}

/** GET /mod/sign-ups. POST /mod/sign-ups/{id}: `outcome` approved | refused, `reason`. */
export function signUpsPage(page: Page, data: SignUpsData): Html {
  const { moderation: t } = page.words
  const { refused } = data
  const elsewhere = refused && !data.waiting.some((one) => one.id === refused.id)
  return html`<div class="form-page wide">
<h1>${t.queue}</h1>
${moderationTabs(page, 'signUps')}
<p class="quiet">${t.signUpsText}</p>
${data.done && html`<p class="note" role="status">${data.done === 'approved' ? t.isApproved : t.isRefused}</p>`}
${elsewhere && errorSummary(page, { state: refused.state, fields: [] })}
${
  data.waiting.length === 0
    ? emptyPlace({ title: t.signUpsEmpty })
    : html`<div class="queue">${data.waiting.map((one) => waitingItem(page, one, data))}</div>`
}
</div>`
}

function waitingItem(page: Page, one: WaitingMember, { refused }: SignUpsData): Html {
  const { moderation: t } = page.words
  return html`<article class="queue-item" data-row>
<h2><a href="${paths.member(one.name)}">${one.name}</a></h2>
<p class="small quiet">${timeFull(page, one.at)}</p>
${one.message && html`<blockquote class="quoted">${one.message}</blockquote>`}
${form(page, {
  action: paths.waitingMember(one.id),
  prefix: `sign-up-${one.id}`,
  state: refused?.id === one.id ? refused.state : emptyState,
  fields: [
    { kind: 'text', name: 'reason', label: t.refuseReason, hint: t.refuseReasonHint, autocomplete: 'off' },
  ],
  buttons: html`<button class="btn primary" name="outcome" value="approved">${t.approve}</button>
<button class="btn danger" name="outcome" value="refused">${t.refuse}</button>`,
})}
</article>`
}
