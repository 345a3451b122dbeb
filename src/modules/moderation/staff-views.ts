import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { emptyPlace } from '#ui/empty.ts'
import { emptyState, form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { personLink } from '#ui/person.ts'
import { timeFull } from '#ui/time.ts'
import type { Note, Tombstone } from './staff.ts'
import { moderationTabs } from './views.ts'

export type StaffData = {
  memberId: number
  /** What staff wrote is removed one by one. */
  isStaff?: boolean
  notes: readonly Note[]
  /** The forms as they were refused. */
  refused: { part: 'notes' | 'sweep'; state: FormState } | null
}

/** Notes for staff alone, and the removal of everything a member wrote. POST …/notes: `text`; POST …/sweep: `reason`, `sure`. */
export function staffSections(page: Page, data: StaffData): Html {
  const { staff: t } = page.words
  const state = (part: 'notes' | 'sweep') => (data.refused?.part === part ? data.refused.state : emptyState)
  return html`<section><h2>${t.notes}</h2><p class="hint">${t.notesText}</p>
${data.notes.length > 0 && html`<ul class="plain lines">${data.notes.map((note) => noteRow(page, note))}</ul>`}
${form(page, {
  action: paths.moderatedMember(data.memberId, 'notes'),
  prefix: 'notes',
  state: state('notes'),
  submit: t.addNote,
  fields: [{ kind: 'area', name: 'text', label: t.note, rows: 3, required: true }],
})}</section>
${!data.isStaff && sweepSection(page, data.memberId, state('sweep'))}`
}

function sweepSection(page: Page, memberId: number, state: FormState): Html {
  const { staff: t, moderation } = page.words
  return html`<section><h2>${t.sweep}</h2><p class="hint">${t.sweepText}</p>
${form(page, {
  action: paths.moderatedMember(memberId, 'sweep'),
  prefix: 'sweep',
  state,
  submit: t.sweep,
  danger: true,
  fields: [
    {
      kind: 'text',
      name: 'reason',
      label: t.reason,
      hint: moderation.removalHint,
      required: true,
      autocomplete: 'off',
    },
    { kind: 'check', name: 'sure', label: t.sure },
  ],
})}</section>`
}

function noteRow(page: Page, note: Note): Html {
  return html`<li><div class="line-text"><p class="lines">${note.text}</p><small class="quiet">${personLink(
    page,
    note.by,
  )} ${timeFull(page, note.at)}</small></div></li>`
}

/** GET /mod/left: who left in the last thirty days. */
export function leftPage(page: Page, people: readonly Tombstone[]): Html {
  const { staff: t } = page.words
  return html`<div class="form-page wide">
<h1>${t.left}</h1>
${moderationTabs(page, 'left')}
<p class="hint">${t.leftText}</p>
${
  people.length === 0
    ? emptyPlace({ title: t.nobodyLeft })
    : html`<ul class="plain lines">${people.map(
        (one) =>
          html`<li data-row><div class="line-text"><a class="line-title" href="${paths.leftMember(one.id)}">${
            one.name
          }</a><small class="quiet">${timeFull(page, one.withdrawnAt)}</small></div></li>`,
      )}</ul>`
}
</div>`
}

/** GET /mod/left/{id}: one of them. */
export function leftMemberPage(page: Page, data: StaffData & { person: Tombstone }): Html {
  const { staff: t } = page.words
  return html`<div class="form-page">
<p><a href="${paths.leftMembers()}">${t.left}</a></p>
<h1>${data.person.name}</h1>
<p class="note">${t.leftAt} ${timeFull(page, data.person.withdrawnAt)}</p>
${staffSections(page, data)}
</div>`
}
