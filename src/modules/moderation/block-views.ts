import type { ListedMember } from '#modules/accounts/members.ts'
import { type Html, html } from '#platform/html.ts'
import { emptyState, form, type SelectField, type TextField } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { fullTime } from '#ui/time.ts'

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
    fields: blockFields(page),
  })}`
}

/** What a block asks for. */
export function blockFields({ words: { admin: t } }: Page): [TextField, SelectField] {
  return [
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
  ]
}

/** Until when a block holds. */
export function blockEndText(page: Page, { until }: { until: Date | null }): string {
  const { admin: t } = page.words
  return until ? t.blockedUntil({ until: fullTime(page, until) }) : t.forever
}

function unblockForm(page: Page, { member, address }: BlockData): Html {
  const { admin: t } = page.words
  const { until = null, reason = '' } = member.blocked ?? {}
  return html`<p class="note danger"><span><strong>${t.blocked}</strong> (${blockEndText(page, { until })}): ${reason}</span></p>
${form(page, { action: address('unblock'), state: emptyState, submit: t.unblock, fields: [] })}`
}
