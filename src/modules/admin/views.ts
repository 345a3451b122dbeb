import type { ListedMember } from '#modules/accounts/members.ts'
import type { MemberRole } from '#modules/accounts/viewer.ts'
import type { BoardBranch, PostKind, ReadBy, WriteBy } from '#modules/boards/shapes.ts'
import { blockSection } from '#modules/moderation/block-views.ts'
import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { emptyState, type Field, form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { fullTime, timeDay, timeFull } from '#ui/time.ts'
import { type ClosingData, closingSections } from './closing-views.ts'

export type AdminPart =
  | 'site'
  | 'members'
  | 'boards'
  | 'storage'
  | 'clients'
  | 'webhooks'
  | 'settings'
  | 'about'
  | 'trending'
  | 'links'
  | 'mail'

export function adminTabs(page: Page, current: AdminPart): Html {
  const { admin: t } = page.words
  const tabs = [
    ['site', paths.admin()],
    ['settings', paths.adminPart('settings')],
    ['about', paths.adminPart('about')],
    ['boards', paths.adminPart('boards')],
    ['members', paths.adminPart('members')],
    ['links', paths.adminPart('links')],
    ['mail', paths.adminPart('mail')],
    ['storage', paths.adminPart('storage')],
    ['trending', paths.adminPart('trending')],
    ['clients', paths.clients()],
    ['webhooks', paths.webhooks()],
  ] as const
  return html`<nav class="tabs" aria-label="${t.parts}">${tabs.map(
    ([part, href]) => html`<a href="${href}"${part === current && html` aria-current="page"`}>${t[part]}</a>`,
  )}</nav>`
}

export type MembersData = {
  members: readonly ListedMember[]
  search: string
  /** Id of the last member shown when there are more: `before` of the next page. */
  next: number | null
}

/** GET /admin/members?q=&before=: members by the start of name or e-mail. */
export function membersPage(page: Page, data: MembersData): Html {
  const { admin: t } = page.words
  return html`<div class="form-page wide">
<h1>${t.title}</h1>
${adminTabs(page, 'members')}
<div class="head-line"><form class="search-line" method="get" action="${paths.adminPart('members')}" role="search">
<label class="sr" for="field-q">${t.search}</label>
<input id="field-q" name="q" type="search" value="${data.search}" placeholder="${t.search}" spellcheck="false" autocapitalize="none">
<button class="btn">${t.searchButton}</button>
</form><a class="btn" href="${paths.invitations()}">${page.words.invitations.submit}</a></div>
${data.members.length === 0 ? html`<div class="empty"><p>${t.noMembers}</p></div>` : membersTable(page, data.members)}
${data.next !== null && html`<p><a class="btn" href="${paths.adminMembers({ q: data.search, before: data.next })}">${t.more}</a></p>`}
</div>`
}

function membersTable(page: Page, members: readonly ListedMember[]): Html {
  const { admin: t, signUp } = page.words
  const rows = members.map(
    (
      member,
    ) => html`<tr data-row><td data-label="${signUp.name}"><a href="${paths.adminMember(member.id)}">${member.name}</a></td>
<td data-label="${t.role}">${t.roles[member.role]}</td>
<td data-label="${t.email}">${member.email ?? ''}</td>
<td data-label="${t.joined}">${timeDay(page, member.createdAt)}</td>
<td>${stateLabels(page, member)}</td></tr>`,
  )
  return html`<table class="data members"><thead><tr><th scope="col">${signUp.name}</th><th scope="col">${t.role}</th>
<th scope="col">${t.email}</th><th scope="col">${t.joined}</th><td></td></tr></thead><tbody>${rows}</tbody></table>`
}

function stateLabels(page: Page, member: ListedMember): Html {
  const { admin: t } = page.words
  return html`${member.blocked && html`<strong class="danger-text">${t.blocked}</strong> `}${
    member.unclaimed && html`<span class="quiet small">${t.unclaimed}</span>`
  }`
}

export type MemberData = {
  member: ListedMember
  /** What the viewer may do to this member. */
  may: { setRole: boolean; block: boolean; makeLink: boolean; removeFactors: boolean }
  sessions: { count: number; seenAt: Date | null }
  done: 'role' | 'block' | 'unblock' | 'factors' | 'sessions' | null
  /** The address just made; it cannot be shown again. */
  link: { url: string; expiresAt: Date } | null
  refused: { part: 'role' | 'block'; state: FormState } | null
}

/**
 * GET /admin/members/{id}. POST …/role: `role`; …/block: `reason`, `days` ('' for good); …/unblock; …/link (answers with this
 * page, the link in it); …/factors; …/sessions.
 */
export function memberPage(page: Page, data: MemberData): Html {
  const { admin: t, factors } = page.words
  const { member, may } = data
  const address = (part: string) => paths.adminMember(member.id, part)
  const done =
    data.done &&
    {
      role: t.roleSaved,
      block: t.isBlocked,
      unblock: t.isUnblocked,
      factors: factors.isRemoved,
      sessions: t.isSignedOut,
    }[data.done]
  return html`<div class="form-page">
${adminTabs(page, 'members')}
<h1>${member.name}</h1>
<p class="quiet">${t.roles[member.role]} · ${t.joined} ${timeDay(page, member.createdAt)}${member.email && ` · ${member.email}`} ·
<a href="${paths.member(member.name)}">${t.memberPage}</a> ${stateLabels(page, member)}</p>
${done && html`<p class="note" role="status">${done}</p>`}
${data.link && linkNote(page, data.link)}
${!may.setRole && !may.block && !may.makeLink && html`<p class="note">${t.yourself}</p>`}
${may.setRole && html`<section><h2>${t.role}</h2>${roleForm(page, data)}</section>`}
${may.block && blockSection(page, { member, address, refused: data.refused?.part === 'block' ? data.refused.state : null })}
${may.makeLink && sessionSection(page, data)}
${may.makeLink && html`<section><h2>${t.claimLink}</h2><p class="hint">${t.claimLinkText}</p>${linkForm(page, member.id)}</section>`}
${may.removeFactors && html`<section><h2>${factors.remove}</h2><p class="hint">${factors.removeText}</p>${factorsForm(page, member.id)}</section>`}
<p class="aside"><a href="${paths.moderatedMember(member.id)}">${page.words.staff.toNotes}</a></p>
</div>`
}

function sessionSection(page: Page, { member, sessions }: MemberData): Html {
  const { account, admin: t } = page.words
  const { count, seenAt } = sessions
  return html`<section><h2>${account.sessions}</h2><p class="hint">${t.sessionCount({ count })}${seenAt && ` ${t.sessionSeen({ at: fullTime(page, seenAt) })}`}</p>${
    count > 0 &&
    form(page, {
      action: paths.adminMember(member.id, 'sessions'),
      state: emptyState,
      submit: t.signOut,
      danger: true,
      confirm: { title: t.signOut, text: t.signOutText },
      fields: [],
    })
  }</section>`
}

function linkNote(page: Page, link: NonNullable<MemberData['link']>): Html {
  const { admin: t } = page.words
  return html`<div class="note warm" role="status"><div><p>${t.linkReady}</p>
<p><label class="sr" for="claim-link">${t.claimLink}</label><input id="claim-link" class="copy" value="${link.url}" readonly></p>
<p class="small quiet">${t.linkUntil} ${timeFull(page, link.expiresAt)}</p></div></div>`
}

function roleForm(page: Page, data: MemberData): Html {
  const { admin: t } = page.words
  const roles: readonly MemberRole[] = ['member', 'moderator', 'administrator']
  return form(page, {
    action: paths.adminMember(data.member.id, 'role'),
    prefix: 'role',
    state:
      data.refused?.part === 'role' ? data.refused.state : { values: { role: data.member.role }, errors: {} },
    submit: t.saveRole,
    fields: [
      {
        kind: 'choice',
        name: 'role',
        label: t.role,
        hideLabel: true,
        options: roles.map((value) => ({ value, label: t.roles[value] })),
      },
    ],
  })
}

function factorsForm(page: Page, id: number): Html {
  return form(page, {
    action: paths.adminMember(id, 'factors'),
    state: emptyState,
    submit: page.words.factors.remove,
    danger: true,
    confirm: { title: page.words.factors.remove, text: page.words.factors.removeText },
    fields: [],
  })
}

function linkForm(page: Page, id: number): Html {
  return form(page, {
    action: paths.adminMember(id, 'link'),
    state: emptyState,
    submit: page.words.admin.makeLink,
    fields: [],
  })
}

export type BoardsData = { boards: readonly BoardBranch[]; done: 'saved' | 'deleted' | 'leaving' | null }

/** GET /admin/boards: the tree. Changing happens on a board's own page. */
export function boardsPage(page: Page, data: BoardsData): Html {
  const { admin: t } = page.words
  const says = { saved: t.boardSaved, deleted: t.boardDeleted, leaving: t.boardLeaving }
  return html`<div class="form-page wide">
<h1>${t.title}</h1>
${adminTabs(page, 'boards')}
${data.done && html`<p class="note" role="status">${says[data.done]}</p>`}
${data.boards.length === 0 ? html`<div class="empty"><p>${t.noBoards}</p></div>` : boardList(page, data.boards)}
<p><a class="btn primary" href="${paths.adminBoard()}">${t.newBoard}</a></p>
</div>`
}

function boardList(page: Page, branches: readonly BoardBranch[]): Html {
  const { admin: t, boards, write } = page.words
  return html`<ul class="plain board-tree">${branches.map(
    (board) => html`<li data-row>
<div class="line-text"><a class="line-title" href="${paths.adminBoard(board.slug)}">${board.name}</a>
<small class="quiet">${decodeURI(paths.board(board.slug))} · ${write.kinds[board.kind]} · ${t.readBy}: ${t.readLevels[board.readBy]} · ${t.writeBy}: ${
      t.writeLevels[board.writeBy]
    } · ${t.posts({ count: board.posts })}${board.archived && ` · ${boards.archived}`}</small></div>
${board.children.length > 0 && boardList(page, board.children)}</li>`,
  )}</ul>`
}

export type BoardFormData = {
  /** Values: name, slug, about, parent (slug or ''), position, kind, readBy, writeBy, downvotes and room ('1' or ''). */
  state: FormState
  /** The board that is changed; null for a new one. */
  board: { slug: string; name: string } | null
  /** The boards it may hang under, in the order of the tree: not itself, not one below it. */
  parents: readonly { slug: string; name: string; depth: number }[]
  /** How far it has closed; null for a new one. */
  closing: ClosingData | null
}

/** GET and POST /admin/new-board or /admin/boards/{slug}: the values named above. */
export function boardPage(page: Page, data: BoardFormData): Html {
  const { admin: t } = page.words
  return html`<div class="form-page">
${adminTabs(page, 'boards')}
<h1>${data.board ? t.editBoard({ name: data.board.name }) : t.newBoard}</h1>
${form(page, {
  action: paths.adminBoard(data.board?.slug),
  state: data.state,
  submit: data.board ? t.save : t.create,
  cancel: paths.adminPart('boards'),
  fields: [...namingFields(page), ...placeFields(page, data), ...ruleFields(page)],
})}
${data.closing && closingSections(page, data.closing)}
</div>`
}

function namingFields(page: Page): Field[] {
  const { admin: t } = page.words
  return [
    { kind: 'text', name: 'name', label: t.name, required: true, autocomplete: 'off' },
    {
      kind: 'text',
      name: 'slug',
      label: t.slug,
      hint: t.slugHint,
      autocomplete: 'off',
      spellcheck: false,
    },
    { kind: 'area', name: 'about', label: t.about, rows: 3 },
  ]
}

function placeFields(page: Page, data: BoardFormData): Field[] {
  const { admin: t } = page.words
  const parents = data.parents.map(({ slug, name, depth }) => ({
    value: slug,
    label: `${'\u00a0\u00a0'.repeat(depth)}${name}`,
  }))
  return [
    {
      kind: 'select',
      name: 'parent',
      label: t.parent,
      required: true,
      options: [{ value: '', label: t.noParent }, ...parents],
    },
    {
      kind: 'text',
      name: 'position',
      label: t.position,
      hint: t.positionHint,
      type: 'number',
      required: true,
    },
  ]
}

function ruleFields(page: Page): Field[] {
  const { admin: t, chat, write } = page.words
  const kinds: readonly PostKind[] = ['discussion', 'question']
  const readers: readonly ReadBy[] = ['everyone', 'members', 'moderators']
  const writers: readonly WriteBy[] = ['members', 'moderators']
  return [
    {
      kind: 'choice',
      name: 'kind',
      label: t.kind,
      options: kinds.map((value) => ({ value, label: write.kinds[value], hint: write.kindHints[value] })),
    },
    {
      kind: 'choice',
      name: 'readBy',
      label: t.readBy,
      hint: t.readHint,
      options: readers.map((value) => ({ value, label: t.readLevels[value] })),
    },
    {
      kind: 'choice',
      name: 'writeBy',
      label: t.writeBy,
      options: writers.map((value) => ({ value, label: t.writeLevels[value] })),
    },
    { kind: 'check', name: 'downvotes', label: t.downvotes },
    { kind: 'check', name: 'room', label: chat.boardRoom, hint: chat.boardRoomHint },
  ]
}

/** What the form of a new board starts with. */
export const newBoardValues: Record<string, string> = {
  kind: 'discussion' satisfies PostKind,
  readBy: 'everyone' satisfies ReadBy,
  writeBy: 'members' satisfies WriteBy,
}
