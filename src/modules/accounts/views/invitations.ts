import type { InvitedBoard, ListedInvitation } from '#modules/accounts/invitations.ts'
import type { MemberRole } from '#modules/accounts/viewer.ts'
import { paths } from '#paths.ts'
import { type Html, html, nothing } from '#platform/html.ts'
import { type Field, form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { timeFull } from '#ui/time.ts'

export type InvitationsData = {
  state: FormState
  /** Roles that the viewer may give, the least first. */
  roles: readonly MemberRole[]
  /** On which a newcomer can arrive. */
  boards: readonly InvitedBoard[]
  invitations: readonly ListedInvitation[]
  /** The address just made; it cannot be shown again. */
  link: { url: string; expiresAt: Date } | null
  revoked: boolean
}

/** GET and POST /invitations: `role`, `board`, `email`, `uses`, `days`; the answer to POST holds the link. POST …/{id}/revoke: nothing. */
export function invitationsPage(page: Page, data: InvitationsData): Html {
  const { invitations: t } = page.words
  return html`<div class="form-page wide">
<p><a href="${paths.settings()}">${page.words.account.title}</a></p>
<h1>${t.title}</h1>
<p class="lead">${t.text}</p>
${data.revoked && html`<p class="note" role="status">${t.isRevoked}</p>`}
${data.link && linkNote(page, data.link)}
${form(page, { action: paths.invitations(), state: data.state, submit: t.submit, fields: inviteFields(page, data) })}
<section><h2>${t.given}</h2>${data.invitations.length === 0 ? html`<p>${t.none}</p>` : table(page, data.invitations)}</section>
</div>`
}

function linkNote(page: Page, link: { url: string; expiresAt: Date }): Html {
  const { invitations: t } = page.words
  return html`<div class="note warm" role="status"><div><p>${t.ready}</p>
<p><label class="sr" for="invitation-link">${t.link}</label><input id="invitation-link" class="copy" value="${link.url}" readonly></p>
<p class="small quiet">${t.until} ${timeFull(page, link.expiresAt)}</p></div></div>`
}

function inviteFields({ words }: Page, { roles, boards }: InvitationsData): Field[] {
  const { invitations: t, admin } = words
  const options = roles.map((value) => ({ value, label: admin.roles[value] }))
  return [
    ...(roles.length > 1 ? [{ kind: 'choice', name: 'role', label: admin.role, options } as const] : []),
    {
      kind: 'select',
      name: 'board',
      label: t.board,
      hint: t.boardHint,
      options: [
        { value: '', label: t.noBoard },
        ...boards.map(({ slug: value, name: label }) => ({ value, label })),
      ],
    },
    { kind: 'text', name: 'email', label: t.email, hint: t.emailHint, type: 'email', autocomplete: 'off' },
    { kind: 'text', name: 'uses', label: t.uses, type: 'number', required: true, autocomplete: 'off' },
    { kind: 'text', name: 'days', label: t.days, type: 'number', required: true, autocomplete: 'off' },
  ]
}

function table(page: Page, invitations: readonly ListedInvitation[]): Html {
  const { invitations: t, admin, signUp } = page.words
  const rows = invitations.map(
    (one) => html`<tr data-row><td data-label="${t.by}">${one.by?.name ?? nothing}</td>
<td data-label="${admin.role}">${admin.roles[one.role]}</td><td data-label="${signUp.email}">${one.email ?? t.anybody}</td>
<td data-label="${t.board}">${one.board && html`<a href="${paths.board(one.board.slug)}">${one.board.name}</a>`}</td>
<td data-label="${t.used}" class="num">${one.used} / ${one.uses}</td>
<td data-label="${t.until}">${timeFull(page, one.expiresAt)}</td><td>${stateOf(page, one)}</td></tr>`,
  )
  return html`<table class="data"><thead><tr><th scope="col">${t.by}</th><th scope="col">${admin.role}</th><th scope="col">${signUp.email}</th><th scope="col">${t.board}</th>
<th scope="col">${t.used}</th><th scope="col">${t.until}</th><td></td></tr></thead><tbody>${rows}</tbody></table>`
}

function stateOf(page: Page, one: ListedInvitation): Html {
  const { invitations: t } = page.words
  if (one.revoked) return html`<span class="quiet">${t.revoked}</span>`
  if (one.used >= one.uses) return html`<span class="quiet">${t.usedUp}</span>`
  if (one.expiresAt <= page.now) return html`<span class="quiet">${t.expired}</span>`
  return html`<form method="post" action="${paths.invitations(one.id, 'revoke')}"><button class="btn">${t.revoke}</button></form>`
}
