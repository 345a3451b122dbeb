import type { BlockKind, PersonalBlock } from '#modules/rights/people.ts'
import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { emptyPlace } from '#ui/empty.ts'
import type { Page } from '#ui/page.ts'
import { settingsTabs } from '#ui/settings-tabs.ts'
import { timeDay } from '#ui/time.ts'

/** GET /settings/people: whom I keep away. POST /m/{id}/keep-away: `kind` mute, block or nothing to read them again. */
export function peoplePage(page: Page, people: readonly PersonalBlock[]): Html {
  const { rights: t } = page.words
  return html`<div class="form-page">
${settingsTabs(page, 'people')}
<h1>${t.peopleTitle}</h1>
<p class="quiet">${t.peopleText}</p>
${
  people.length === 0
    ? emptyPlace({ title: t.nobody, text: t.nobodyHint })
    : html`<ul class="plain lines">${people.map((person) => personRow(page, person))}</ul>`
}
</div>`
}

function personRow(page: Page, person: PersonalBlock): Html {
  const { rights: t } = page.words
  return html`<li data-row><div class="line-text"><a class="line-title" href="${paths.member(person.name)}">${person.name}</a>
<small class="quiet">${t.kinds[person.kind]} · ${timeDay(page, person.since)}</small></div>
${keepAwayForm({ memberId: person.id, kind: null, label: t.undo, next: paths.people() })}</li>`
}

/** The buttons on a member's profile: mute, block, or read again. */
export function keepAwayButtons(
  page: Page,
  given: { memberId: number; name: string; kind: BlockKind | null },
): Html {
  const { rights: t } = page.words
  const next = paths.member(given.name)
  const button = (kind: BlockKind | null, label: string) =>
    keepAwayForm({ memberId: given.memberId, kind, label, next })
  if (given.kind) {
    return html`<div class="keep-away"><p class="note">${t.keptAway[given.kind]}</p>${button(null, t.undo)}</div>`
  }
  return html`<details class="keep-away"><summary>${t.keepAway}</summary><p class="hint">${t.keepAwayHint}</p>${button(
    'mute',
    t.mute,
  )}${button('block', t.block)}</details>`
}

function keepAwayForm(given: {
  memberId: number
  kind: BlockKind | null
  label: string
  next: string
}): Html {
  return html`<form method="post" action="${paths.keepAway(given.memberId)}" class="inline">
<input type="hidden" name="next" value="${given.next}"><button class="btn" name="kind" value="${given.kind ?? ''}">${
    given.label
  }</button></form>`
}
