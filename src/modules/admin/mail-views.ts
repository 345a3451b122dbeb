import { paths } from '#paths.ts'
import type { FailedJob } from '#platform/failed-jobs.ts'
import { type Html, html } from '#platform/html.ts'
import type { MailRoute, Sent } from '#platform/mail.ts'
import { form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { timeFull } from '#ui/time.ts'
import { adminTabs } from './views.ts'

export type MailData = {
  /** Null when no mail is sent. */
  mail: (MailRoute & { from: string }) | null
  hasBase: boolean
  state: FormState
  /** The outcome of a test just made. */
  sent: Sent | null
  failing: readonly FailedJob[]
}

/** What an operator writes to send mail; the same in every language. */
const example =
  'SMTP_URL=smtp://name:password@mail.example.org:587\nMAIL_FROM=yard@example.org\nBASE_URL=https://yard.example.org'

/** GET /admin/mail. POST: `to`; answers with this page and what the server said. */
export function mailPage(page: Page, data: MailData): Html {
  const { admin: t } = page.words
  return html`<div class="form-page wide">
<h1>${t.title}</h1>
${adminTabs(page, 'mail')}
<p>${t.mailText}</p>
${data.mail ? onPart(page, data.mail, data) : offPart(page)}
</div>`
}

function offPart({ words }: Page): Html {
  const { admin: t } = words
  return html`<p class="note"><span><strong>${t.mailOff}</strong></span></p>
<p>${t.mailOffText}</p>
<pre>${example}</pre>
<p><a class="btn" href="${paths.adminPart('links')}">${t.links}</a></p>`
}

function onPart(page: Page, mail: NonNullable<MailData['mail']>, data: MailData): Html {
  const { admin: t } = page.words
  return html`<p class="note"><span><strong>${t.mailOn}</strong> ${t.mailServer}: ${mail.host}:${mail.port}, ${
    mail.secure ? t.mailTls.yes : t.mailTls.no
  }. ${t.mailFrom}: ${mail.from}</span></p>
${!data.hasBase && html`<p class="note danger"><span>${t.mailNoBase}</span></p>`}
<section><h2>${t.mailTest}</h2>
${data.sent && outcome(page, data.sent)}
${form(page, {
  action: paths.adminPart('mail'),
  state: data.state,
  submit: t.mailTest,
  fields: [
    { kind: 'text', name: 'to', label: t.mailTo, type: 'email', autocomplete: 'email', required: true },
  ],
})}</section>
<section><h2>${t.mailFailing}</h2>${failingList(page, data.failing)}</section>`
}

function outcome({ words }: Page, sent: Sent): Html {
  const { admin: t } = words
  return sent.ok
    ? html`<div class="note" role="status"><div><p>${t.mailSent}</p><pre>${sent.answer}</pre></div></div>`
    : html`<div class="note danger" role="alert"><div><p><strong>${t.mailFailed}</strong> ${t.mailProblems[sent.problem]}</p>
<p>${t.mailAnswer}</p><pre>${sent.answer}</pre></div></div>`
}

/** Jobs that failed, with what they failed with. */
export function failingList(page: Page, failing: readonly FailedJob[]): Html {
  const { admin: t } = page.words
  if (failing.length === 0) return html`<p class="quiet">${t.mailFailingNone}</p>`
  return html`<ul class="plain lines">${failing.map(
    (job) => html`<li><code>${job.name}</code> ${t.mailTries({ count: job.tries })}
<small class="quiet">${job.tries < job.most && html`${t.mailNext} ${timeFull(page, job.nextAt)}`} ${job.error}</small></li>`,
  )}</ul>`
}
