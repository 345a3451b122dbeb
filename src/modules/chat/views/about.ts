import type { RoomMember } from '#modules/chat/members.ts'
import type { MessageVersion } from '#modules/chat/messages.ts'
import type { FoundRoom, Message } from '#modules/chat/shapes.ts'
import { paths } from '#paths.ts'
import { type Html, html, nothing } from '#platform/html.ts'
import { avatar } from '#ui/avatar.ts'
import { asks, emptyState, form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { personLink } from '#ui/person.ts'
import { timeFull } from '#ui/time.ts'
import type { Around } from './message.ts'
import { commonEmoji, messageRow } from './message.ts'

export type AboutData = {
  room: FoundRoom
  name: string
  members: readonly RoomMember[]
  state: FormState
  /** Which form was refused. */
  refused: 'invite' | 'rename' | null
}

/** GET /chat/{id}/about: who is there, and what one can do about it. */
export function aboutPage(page: Page, data: AboutData): Html {
  const { chat } = page.words
  const { room, members } = data
  const isGroup = room.kind === 'group'
  const isOwner = isGroup && room.ownerId === page.viewer?.id
  return html`<div class="form-page"><p><a href="${paths.room(room.id)}">${chat.back}</a></p><h1>${data.name}</h1>
<p>${act(room, room.muted ? 'unmute' : 'mute', room.muted ? chat.unmute : chat.mute)} ${!room.joined && act(room, 'join', chat.join)}</p>
<section><h2>${chat.members}</h2><ul class="plain lines people">${members.map((one) => memberRow(page, one, isOwner ? room : null))}</ul></section>
${
  isGroup &&
  html`<section><h2>${chat.invite}</h2>${form(page, {
    action: paths.roomPart(room.id, 'invite'),
    prefix: 'invite',
    state: data.refused === 'invite' ? data.state : emptyState,
    submit: chat.invite,
    fields: [
      {
        kind: 'text',
        name: 'member',
        label: chat.inviteName,
        hint: chat.inviteHint,
        required: true,
        autocomplete: 'off',
      },
    ],
  })}</section>`
}
${
  isOwner &&
  html`<section><h2>${chat.rename}</h2>${form(page, {
    action: paths.roomPart(room.id, 'rename'),
    prefix: 'rename',
    state: data.refused === 'rename' ? data.state : { values: { name: room.name }, errors: {} },
    submit: chat.rename,
    fields: [{ kind: 'text', name: 'name', label: chat.name, autocomplete: 'off' }],
  })}</section>`
}
${leave(page, room)}</div>`
}

function leave({ words: { chat } }: Page, room: FoundRoom): Html {
  if (room.kind === 'board')
    return room.joined ? html`<section>${act(room, 'leave', chat.leaveBoard)}</section>` : nothing
  if (room.kind === 'pair') return nothing
  return html`<section><h2>${chat.leave}</h2><p class="hint">${chat.leaveSure}</p><form class="inline" method="post" action="${paths.roomPart(room.id, 'leave')}"${asks({ title: chat.leave, text: chat.leaveSure })}><button class="btn">${chat.leave}</button></form></section>`
}

function act(room: FoundRoom, part: string, label: string): Html {
  return html`<form class="inline" method="post" action="${paths.roomPart(room.id, part)}"><button class="btn">${label}</button></form>`
}

function memberRow(page: Page, one: RoomMember, ownRoom: FoundRoom | null): Html {
  const { chat } = page.words
  return html`<li data-row><div class="line-text">${avatar(one.name, one.avatar)} ${personLink(page, one)} ${
    one.owner && html`<small class="quiet">${chat.owner}</small>`
  }</div>${
    ownRoom &&
    one.id !== page.viewer?.id &&
    html`<form class="inline" method="post" action="${paths.roomMember(ownRoom.id, one.id)}"${asks({ title: chat.kick(one), text: chat.kickSure })}><button class="btn small" aria-label="${chat.kick({ name: one.name })}">${chat.kickShort}</button></form>`
  }</li>`
}

export type MessageActs = {
  room: FoundRoom
  message: Message
  around: Around
  versions: readonly MessageVersion[]
  may: { write: boolean; edit: boolean; remove: boolean; report: boolean }
  state: FormState
  refused: 'edit' | 'report' | 'react' | null
  reported: boolean
  /** Where it stands in its room. */
  place: string
}

/** GET /chat/{id}/messages/{number}: one message and everything that can be done with it, each its own form. */
export function messagePage(page: Page, data: MessageActs): Html {
  const { chat } = page.words
  const { room, message, may } = data
  const { number } = message
  return html`<div class="form-page message-page"><p><a href="${data.place}">${chat.back}</a></p>
<h1>${chat.message({ number })}</h1>${data.reported && html`<p class="note" role="status">${chat.reported}</p>`}
<ol class="plain">${messageRow(page, data.around, { one: message, alone: true })}</ol>
${
  may.write &&
  html`<p class="aside"><a class="btn" href="${paths.room(room.id, { reply: number })}#end">${chat.reply}</a></p>
<section><h2>${chat.react}</h2><form class="react-row" method="post" action="${paths.message(room.id, number, 'react')}"><input type="hidden" name="on" value="1">${commonEmoji.map(
    (emoji) => html`<button class="btn" name="emoji" value="${emoji}">${emoji}</button>`,
  )}</form></section>`
}
${
  may.edit &&
  html`<section><h2>${chat.edit}</h2>${form(page, {
    action: paths.message(room.id, number, 'edit'),
    prefix: 'edit',
    state: data.refused === 'edit' ? data.state : { values: { body: message.body }, errors: {} },
    submit: chat.edit,
    fields: [{ kind: 'area', name: 'body', label: chat.field, rows: 4, required: true }],
  })}</section>`
}
${
  may.remove &&
  html`<section><h2>${chat.remove}</h2><p class="hint">${chat.removeSure}</p><form method="post" action="${paths.message(room.id, number, 'delete')}"><button class="btn danger">${chat.remove}</button></form></section>`
}
${may.report && !data.reported && reportForm(page, data)}
${data.versions.length > 1 && history(page, data.versions)}</div>`
}

function reportForm(page: Page, data: MessageActs): Html {
  const { chat, moderation } = page.words
  return html`<section id="report"><h2>${chat.report}</h2><p class="hint">${chat.reportHint}</p>${form(page, {
    action: paths.message(data.room.id, data.message.number, 'report'),
    prefix: 'report',
    state: data.refused === 'report' ? data.state : emptyState,
    submit: chat.report,
    fields: [
      {
        kind: 'choice',
        name: 'reason',
        label: moderation.why,
        options: Object.entries(moderation.reasons).map(([value, label]) => ({ value, label })),
      },
      { kind: 'area', name: 'detail', label: moderation.detail, rows: 3 },
    ],
  })}</section>`
}

function history(page: Page, versions: readonly MessageVersion[]): Html {
  return html`<section><h2 id="history">${page.words.chat.history}</h2><ol class="plain versions" reversed>${versions.map(
    (one) => html`<li><p class="m">${timeFull(page, one.at)}</p><p class="lines">${one.body}</p></li>`,
  )}</ol></section>`
}

export type SearchData = {
  room: FoundRoom
  q: string
  found: readonly Message[] | null
  next: number | null
  around: Around
  state: FormState
}

/** GET /chat/{id}/search?q=. */
export function searchPage(page: Page, data: SearchData): Html {
  const { chat } = page.words
  const { room, found, next } = data
  return html`<div class="form-page"><p><a href="${paths.room(room.id)}">${chat.back}</a></p>
<h1>${chat.search}</h1>
${form(page, {
  action: paths.roomPart(room.id, 'search'),
  method: 'get',
  state: data.state,
  submit: page.words.site.search,
  fields: [{ kind: 'text', name: 'q', type: 'search', label: chat.search, required: true }],
})}
${
  found !== null &&
  html`<section><p role="status">${found.length > 0 ? chat.found({ count: found.length }) : chat.notFound}</p>
<ol class="plain">${found.map((one) => messageRow(page, data.around, { one, alone: true }))}</ol></section>`
}
${next !== null && html`<p><a class="btn" href="${paths.roomPart(room.id, 'search', { q: data.q, before: next })}">${chat.further}</a></p>`}
</div>`
}
