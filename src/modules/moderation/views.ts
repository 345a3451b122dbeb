import { canBlock } from '#modules/accounts/members.ts'
import { paths } from '#paths.ts'
import { type Html, html, nothing, raw } from '#platform/html.ts'
import { emptyPlace } from '#ui/empty.ts'
import { confirmPage, errorSummary, type Field, form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { personLink } from '#ui/person.ts'
import { timeFull } from '#ui/time.ts'
import { blockEndText, blockFields } from './block-views.ts'
import { type QueuedReport, type QueueItem, reportReasons, type Target } from './shapes.ts'

function addressOf(target: Target): string {
  return target.kind === 'post' ? paths.post(target) : paths.comment(target.id)
}

/** POST /p/{id}/report or /c/{id}/report: `reason`, `detail`. */
export function reportPage(page: Page, given: { state: FormState; target: Target; excerpt: string }): Html {
  const { moderation: t } = page.words
  const { target } = given
  return html`<div class="form-page narrow">
<h1>${target.kind === 'post' ? t.reportPost : t.reportComment}</h1>
<p class="lead"><a href="${addressOf(target)}">${target.title}</a></p>
${given.excerpt && html`<blockquote class="quoted">${given.excerpt}</blockquote>`}
${form(page, {
  action: paths.part(target, 'report'),
  state: given.state,
  submit: t.send,
  cancel: addressOf(target),
  fields: [
    {
      kind: 'choice',
      name: 'reason',
      label: t.why,
      required: true,
      options: reportReasons.map((value) => ({ value, label: t.reasons[value] })),
    },
    { kind: 'area', name: 'detail', label: t.detail, hint: t.reportText, rows: 4 },
  ],
})}
</div>`
}

/** After a report: thanks, and the way back. */
export function reportedPage(page: Page, given: { target: Target }): Html {
  const { moderation: t } = page.words
  return html`<div class="form-page narrow notice-page"><h1>${t.reported}</h1><p>${t.reportedText}</p>
<p><a class="btn primary" href="${addressOf(given.target)}">${t.back}</a></p></div>`
}

export type QueueData = {
  items: QueueItem[]
  show: 'open' | 'done'
  next: string | null
  /** How many sign-ups wait for approval. */
  waiting: number
  /** How many messages of the chat are reported. */
  messages: number
  /** What was just resolved. */
  resolved: QueueItem | null
  /** The report whose form was refused. */
  refused: { id: number; state: FormState } | null
}

/** The reports. POST /mod/reports/{id} (the first report of an item): `outcome` removed | dismissed, `note`. */
export function queuePage(page: Page, data: QueueData): Html {
  const { moderation: t } = page.words
  return html`<div class="form-page wide">
<h1>${t.queue}</h1>
${moderationTabs(page, data.show)}
${data.resolved && resolvedNote(page, data.resolved)}
${data.waiting > 0 && html`<p class="note"><a href="${paths.waitingMembers()}">${t.signUpsWait({ count: data.waiting })}</a></p>`}
${data.messages > 0 && html`<p class="note"><a href="${paths.reportedMessages()}">${page.words.chat.reportsOpen({ count: data.messages })}</a></p>`}
${refusedElsewhere(page, data)}
${
  data.items.length === 0
    ? emptyPlace({ title: t.queueEmpty, text: t.queueEmptyText })
    : html`<div class="queue">${data.items.map((item) => queueItem(page, item, data))}</div>`
}
${data.next ? html`<p><a class="btn" href="${paths.queue({ show: data.show, after: data.next })}">${t.more}</a></p>` : nothing}
</div>`
}

/** What became of the thing, and of who wrote it. */
function resolvedNote(page: Page, item: QueueItem): Html {
  const { admin, moderation: t } = page.words
  const outcome = item.resolution && t.outcomes[item.resolution.outcome]
  return html`<p class="note" role="status"><span>${t.resolved} <a href="${addressOf(item.target)}">${item.target.title}</a>: ${outcome}${
    item.authorBlock &&
    html` · ${t.author} ${personLink(page, item.author)}: ${admin.blocked} (${blockEndText(page, item.authorBlock)})`
  }</span></p>`
}

/** Why a form was refused whose thing is no longer among those shown: somebody else closed it. */
function refusedElsewhere(page: Page, { refused, items }: QueueData): Html {
  if (!refused || items.some((item) => item.reports[0]?.id === refused.id)) return nothing
  return errorSummary(page, { state: refused.state, fields: [] })
}

type ModerationPart = 'open' | 'done' | 'log' | 'messages' | 'signUps' | 'left'

export function moderationTabs(page: Page, current: ModerationPart): Html {
  const { moderation: t } = page.words
  const tabs = [
    ['open', t.open, paths.queue()],
    ['done', t.done, paths.queue({ show: 'done' })],
    ['signUps', t.signUps, paths.waitingMembers()],
    ['messages', page.words.chat.reportsTitle, paths.reportedMessages()],
    ['log', t.log, paths.moderationLog()],
    ['left', page.words.staff.left, paths.leftMembers()],
  ] as const
  return html`<nav class="tabs" aria-label="${t.queue}">${tabs.map(
    ([name, label, href]) =>
      html`<a href="${href}"${name === current && html` aria-current="page"`}>${label}</a>`,
  )}</nav>`
}

function queueItem(page: Page, item: QueueItem, data: QueueData): Html {
  const { admin, moderation: t, write } = page.words
  return html`<article class="queue-item" data-row>
<h2><a href="${addressOf(item.target)}">${item.target.title}</a></h2>
<p class="small quiet">${item.target.kind === 'comment' && `${write.comment} · `}${t.author} ${personLink(page, item.author)}${item.authorBlock && html` <strong class="danger-text">${admin.blocked}</strong> (${blockEndText(page, item.authorBlock)})`} · <a href="${paths.board(item.board.slug)}">${
    item.board.name
  }</a> · ${t.reporters({ count: item.count })}</p>
<ul class="plain reports">${item.reports.map((report) => reportLine(page, report))}</ul>
${item.html && html`<div class="quoted prose">${raw(item.html)}</div>`}
${item.deleted && !item.resolution && html`<p class="quiet">${t.deletedAlready}</p>`}
${item.resolution ? resolutionLine(page, item.resolution) : resolveForm(page, item, data)}
</article>`
}

function reportLine(page: Page, report: QueuedReport): Html {
  const { moderation: t } = page.words
  return html`<li><strong>${t.reasons[report.reason]}</strong>${report.detail && html`: ${report.detail}`}
<small class="quiet">${t.by} ${personLink(page, report.by)} · ${timeFull(page, report.at)}</small></li>`
}

function resolutionLine(page: Page, done: NonNullable<QueueItem['resolution']>): Html {
  const { moderation: t, write } = page.words
  return html`<p class="note"><span><strong>${t.outcomes[done.outcome]}</strong> ${done.note}</span>
<small class="quiet">${done.by?.name ?? write.formerMember} · ${timeFull(page, done.at)}</small></p>`
}

function resolveForm(page: Page, item: QueueItem, data: QueueData): Html {
  const { moderation: t } = page.words
  const [first] = item.reports
  if (!first) return nothing
  const state = data.refused?.id === first.id ? data.refused.state : { values: { days: 'none' }, errors: {} }
  const mayBlock =
    item.author && !item.authorBlock && canBlock(page.viewer, { id: item.author.id, role: item.authorRole })
  return form(page, {
    action: paths.report(first.id),
    state,
    prefix: `report-${first.id}`,
    className: 'resolve',
    // Of what is gone nobody is told that it was left as it is.
    buttons: item.deleted
      ? html`<button class="btn" name="outcome" value="removed">${t.close}</button>`
      : html`<button class="btn danger" name="outcome" value="removed">${t.remove}</button>
<button class="btn" name="outcome" value="dismissed">${t.dismiss}</button>`,
    fields: [
      {
        kind: 'text',
        name: 'note',
        label: t.note,
        hint: item.deleted ? t.noteHint : t.removalHint,
        autocomplete: 'off',
      },
      ...(mayBlock ? [alsoBlock(page)] : []),
    ],
  })
}

/** As a moderator's block of a member, but that it need not be: `days` none | '' (for good) | a number, `reason`. */
function alsoBlock(page: Page): Field {
  const { moderation: t } = page.words
  const [reason, days] = blockFields(page)
  const options = [{ value: 'none', label: t.doNotBlock }, ...days.options]
  return {
    kind: 'fold',
    summary: t.blockAsWell,
    fields: [{ ...days, options }, reason],
  }
}

export type PostAct = 'pin' | 'unpin' | 'lock' | 'unlock' | 'move' | 'delete' | 'restore'

export type ActData = {
  state: FormState
  act: PostAct
  target: Target
  /** For moving: where it may go, in the order of the tree. Value `board` is the slug. */
  boards?: readonly { slug: string; name: string; depth: number }[]
  /** A moderator acts on somebody else's text: the reason is needed and shown. */
  asksReason: boolean
}

/**
 * Asks before an act. POST /p/{id}/pin, /unpin, /lock, /unlock, /move (`board`), /delete, /restore and /c/{id}/delete,
 * /restore: `reason` when it is asked for.
 */
export function actPage(page: Page, data: ActData): Html {
  const { moderation: t } = page.words
  const texts = textsOf(page, data)
  const fields: Field[] = []
  if (data.act === 'move') fields.push(moveField(page, data.boards ?? []))
  if (data.asksReason) {
    const hint = data.act === 'delete' ? t.removalHint : t.reasonHint
    fields.push({ kind: 'text', name: 'reason', label: t.reason, hint, autocomplete: 'off' })
  }
  return confirmPage(page, {
    title: texts.title,
    text: html`<a href="${addressOf(data.target)}">${data.target.title}</a><br>${texts.text}`,
    action: paths.part(data.target, data.act),
    state: data.state,
    submit: texts.submit,
    danger: data.act === 'delete',
    cancel: addressOf(data.target),
    fields,
  })
}

function textsOf(
  page: Page,
  { act, target, asksReason }: ActData,
): { title: string; text: string; submit: string } {
  const { moderation: t, write } = page.words
  const isPost = target.kind === 'post'
  switch (act) {
    case 'delete':
      return {
        title: isPost ? write.deleteTitle : write.deleteCommentTitle,
        text: isPost ? (asksReason ? t.deleteText : write.deleteText) : write.deleteCommentText,
        submit: write.delete,
      }
    case 'pin':
      return { title: t.pin, text: t.pinText, submit: t.pin }
    case 'unpin':
      return { title: t.unpin, text: t.unpinText, submit: t.unpin }
    case 'lock':
      return { title: t.lock, text: t.lockText, submit: t.lock }
    case 'unlock':
      return { title: t.unlock, text: t.unlockText, submit: t.unlock }
    case 'move':
      return { title: t.move, text: t.moveText, submit: t.move }
    case 'restore':
      return { title: t.restore, text: t.restoreText, submit: t.restore }
  }
}

function moveField(page: Page, boards: NonNullable<ActData['boards']>): Field {
  const options = boards.map(({ slug, name, depth }) => ({
    value: slug,
    label: `${'\u00a0\u00a0'.repeat(depth)}${name}`,
  }))
  return {
    kind: 'select',
    name: 'board',
    label: page.words.moderation.moveTo,
    required: true,
    options: [{ value: '', label: page.words.write.chooseBoard }, ...options],
  }
}
