import type { ListedMember } from '#modules/accounts/members.ts'
import { isAdministrator } from '#modules/accounts/viewer.ts'
import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { emptyState, form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { fullTime } from '#ui/time.ts'
import type { Note } from './staff.ts'
import { type StaffData, staffSections } from './staff-views.ts'

export type BlockData = {
  member: ListedMember
  /** Where the forms post to. */
  address: (part: 'block' | 'unblock') => string
  /** The form as it was refused. */
  refused: FormState | null
}

/** The form that blocks or, for a blocked member, the block and the button that lifts it: `reason`, `days` ('' for good). */
export function blockSection(page: Page, data: BlockData): Html {
  const { admin: t } = page.words
  return html`<section><h2>${t.block}</h2>${data.member.blocked ? unblockForm(page, data) : blockForm(page, data)}</section>`
}

function blockForm(page: Page, data: BlockData): Html {
  const { admin: t } = page.words
  return html`<p class="hint">${t.blockText}</p>${form(page, {
    action: data.address('block'),
    prefix: 'block',
    state: data.refused ?? { values: { days: '7' }, errors: {} },
    submit: t.block,
    danger: true,
    fields: [
      {
        kind: 'text',
        name: 'reason',
        label: t.blockReason,
        hint: t.blockReasonHint,
        required: true,
        autocomplete: 'off',
      },
      {
        kind: 'select',
        name: 'days',
        label: t.blockFor,
        required: true,
        options: Object.entries(t.periods).map(([value, label]) => ({ value, label })),
      },
    ],
  })}`
}

function unblockForm(page: Page, { member, address }: BlockData): Html {
  const { admin: t } = page.words
  const { until = null, reason = '' } = member.blocked ?? {}
  return html`<p class="note danger"><span><strong>${t.blocked}</strong> (${
    until ? t.blockedUntil({ until: fullTime(page, until) }) : t.forever
  }): ${reason}</span></p>
${form(page, { action: address('unblock'), state: emptyState, submit: t.unblock, fields: [] })}`
}

/** What moderators do on a member's page, and it then says is done. */
export const memberActs = ['block', 'unblock', 'notes', 'sweep'] as const

export type ModeratedMemberData = {
  member: ListedMember
  mayBlock: boolean
  notes: readonly Note[]
  done: (typeof memberActs)[number] | null
  /** The form as it was refused. */
  refused: StaffData['refused'] | { part: 'block' | 'unblock'; state: FormState }
}

/** GET /mod/members/{id}: what moderators may do to a member. POST …/block and …/unblock. */
export function moderatedMemberPage(page: Page, data: ModeratedMemberData): Html {
  const { admin: t, staff } = page.words
  const { member, refused } = data
  const says = { block: t.isBlocked, unblock: t.isUnblocked, notes: staff.noted, sweep: staff.swept }
  const ofStaff = refused?.part === 'notes' || refused?.part === 'sweep' ? refused : null
  const ofBlock = ofStaff ? null : (refused?.state ?? null)
  const address = (part: string) => paths.moderatedMember(member.id, part)
  return html`<div class="form-page">
<h1>${member.name}</h1>
<p class="quiet">${t.roles[member.role]} · <a href="${paths.member(member.name)}">${t.memberPage}</a>${isAdministrator(page.viewer) && html` · <a href="${paths.adminMember(member.id)}">${staff.toAccount}</a>`}</p>
${data.done && html`<p class="note" role="status">${says[data.done]}</p>`}
${data.mayBlock ? blockSection(page, { member, address, refused: ofBlock }) : html`<p class="note">${t.notBelowYou}</p>`}
${staffSections(page, { memberId: member.id, isStaff: member.role !== 'member', notes: data.notes, refused: ofStaff })}
</div>`
}
