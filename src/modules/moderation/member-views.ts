import type { ListedMember } from '#modules/accounts/members.ts'
import { isAdministrator } from '#modules/accounts/viewer.ts'
import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import type { FormState, Page } from '#ui/page.ts'
import { blockSection } from './block-views.ts'
import type { Note } from './staff.ts'
import { type StaffData, staffSections } from './staff-views.ts'

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
