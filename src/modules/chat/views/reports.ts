import type { ReportedMessage } from '#modules/chat/reports.ts'
import { moderationTabs } from '#modules/moderation/views.ts'
import { paths } from '#paths.ts'
import { type Html, html, raw } from '#platform/html.ts'
import { emptyPlace } from '#ui/empty.ts'
import { emptyState, form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { personLink } from '#ui/person.ts'
import { timeFull } from '#ui/time.ts'

export type ReportsData = {
  reports: readonly ReportedMessage[]
  refused: { id: number; state: FormState } | null
}

/** GET /mod/messages. POST /mod/messages/{id}: `outcome` removed | dismissed, `note`. */
export function reportedMessagesPage(page: Page, { reports, refused }: ReportsData): Html {
  const { chat, moderation } = page.words
  return html`<div class="form-page wide"><h1>${moderation.queue}</h1>
${moderationTabs(page, 'messages')}
${
  reports.length === 0
    ? emptyPlace({ title: chat.reportsEmpty })
    : html`<div class="queue">${reports.map((one) => item(page, one, refused?.id === one.id ? refused.state : emptyState))}</div>`
}</div>`
}

function item(page: Page, one: ReportedMessage, state: FormState): Html {
  const { chat, moderation } = page.words
  return html`<article class="queue-item"><p class="m">${personLink(page, one.author)}${timeFull(page, one.at)}</p>
<div class="prose">${raw(one.html)}</div><p>${moderation.reasons[one.reason]} · ${moderation.by} ${personLink(page, one.by)}</p>${
    one.detail && html`<p class="lines">${one.detail}</p>`
  }${form(page, {
    action: paths.reportedMessage(one.id),
    prefix: `report-${one.id}`,
    state,
    fields: [
      { kind: 'text', name: 'note', label: moderation.note, hint: moderation.noteHint, autocomplete: 'off' },
    ],
    buttons: html`<button class="btn danger" name="outcome" value="removed">${chat.remove}</button> <button class="btn" name="outcome" value="dismissed">${chat.dismiss}</button>`,
  })}</article>`
}
