import { refusalOf } from '#modules/accounts/accounts.ts'
import type { Person, RoomReading } from '#modules/chat/reading.ts'
import { type ListedRoom, type Message, shownAtOnce } from '#modules/chat/shapes.ts'
import { paths } from '#paths.ts'
import { type Html, html, nothing, raw } from '#platform/html.ts'
import { refusalText } from '#ui/answers.ts'
import { errorSummary } from '#ui/forms.ts'
import { icon } from '#ui/icon.ts'
import type { FormState, Page } from '#ui/page.ts'
import { roomName, roomsBeside } from './list.ts'
import { commonEmoji, messageList, messageRow } from './message.ts'

export type RoomPageData = RoomReading & {
  /** Whether these are the newest messages. */
  atEnd: boolean
  state: FormState
  /** For the message that is written next. */
  clientId: string
  reply: { number: number; name: string | null } | null
  mayWrite: boolean
  /** Up to here they had read before; null when nothing is new. */
  readTo: number | null
  /** Whether the reader takes away what others wrote. */
  removesAll: boolean
  /** The reader's rooms, the last active ones. */
  rooms: readonly ListedRoom[]
}

/** GET /chat/{id}. POST /chat/{id}/messages: `body`, `clientId`, `replyTo`. */
export function roomPage(page: Page, data: RoomPageData): Html {
  const { chat } = page.words
  const { room, messages, older } = data
  const first = messages[0]
  const around = { ...data, roomId: room.id, from: first?.number ?? 0 }
  const mayAct = data.mayWrite && data.apart === null
  return html`<div class="chat-cols"><div class="chat" data-room="${room.id}" data-last="${messages.at(-1)?.number ?? room.lastNumber}" data-change="${
    room.lastChange
  }" data-me="${page.viewer?.id}" data-zone="${page.timeZone}" data-away="${[...data.away].join()}"${
    data.atEnd && raw(' data-live')
  }${data.removesAll && raw(' data-removes')}${data.seen !== null && raw(` data-seen="${data.seen}"`)}${room.kind === 'board' && !room.joined && raw(' data-visitor')}>
${roomHead(page, data)}
<div class="msgs" id="messages" tabindex="0" role="region" aria-label="${chat.messages}">
${older && first && html`<p class="older"><a class="btn" href="${paths.room(room.id, { before: first.number })}" data-older>${chat.older}</a>${toFirstNew(page, data)}</p>`}
${messages.length === 0 && html`<p class="empty-room quiet">${chat.nothingYet}</p>`}
<ol class="plain">${messageList(page, around, messages)}</ol>
${data.seen !== null && data.atEnd && html`<p class="seen quiet"${!isSeen(page, data) && raw(' hidden')}>${chat.seen}</p>`}
<span id="end"></span></div>
${data.atEnd ? writeForm(page, data) : html`<p class="to-end"><a class="btn" href="${placeFrom(room.id, (messages.at(-1)?.number ?? 0) + 1)}">${chat.newer}</a> <a class="btn" href="${paths.room(room.id)}#end">${chat.newest}</a></p>`}
<template id="message-row">${messageRow(page, around, { one: blank })}</template>${mayAct && messageMenu(page)}</div>
${roomsBeside(page, data.rooms, room.id)}</div>`
}

/** More is new than the page shows. */
function toFirstNew({ words }: Page, { room, messages, readTo }: RoomPageData): Html {
  if (readTo === null || readTo + 1 >= (messages[0]?.number ?? 0)) return nothing
  return html` <a class="btn" href="${placeFrom(room.id, readTo + 1)}">${words.chat.toFirstNew}</a>`
}

/** Where one reads on from a message, with a few before it. */
function placeFrom(roomId: number, number: number): string {
  return `${paths.room(roomId, { before: number + shownAtOnce - 5 })}#m${number}`
}

/** Whether the other one of a pair has read what the reader said last. */
function isSeen({ viewer }: Page, { seen, room, messages }: RoomPageData): boolean {
  const last = messages.at(-1)
  return last !== undefined && last.author?.id === viewer?.id && (seen ?? 0) >= room.lastNumber
}

/** What can be done with a message, for `src/browser/message-menu.ts`; without script the message's own page has it all. */
function messageMenu({ words: { chat, keys } }: Page): Html {
  return html`<template id="message-menu"><div class="react-row">${commonEmoji.map(
    (emoji) => html`<button type="button" class="btn" data-emoji="${emoji}">${emoji}</button>`,
  )}</div><ul class="plain act-list">
<li><button type="button" data-act="reply">${icon('comment')}${chat.reply}</button></li>
<li><button type="button" data-act="copy" data-copied="${chat.copied}">${icon('draft')}${chat.copy}</button></li>
<li data-for="own"><button type="button" data-act="edit">${icon('write')}${chat.edit}</button></li>
<li data-for="others"><a data-part="#report" href="">${icon('flag')}${chat.report}</a></li>
<li data-for="removers"><button type="button" data-act="remove" data-sure="${chat.removeSure}" data-no="${keys.no}">${icon('trash')}${chat.remove}</button></li>
<li><a data-part="" href="">${icon('more')}${chat.details}</a></li></ul></template>`
}

/** What the script fills in. */
const blank: Message = {
  number: 0,
  author: { id: 0, name: '?' },
  avatar: null,
  body: '',
  html: '',
  replyTo: null,
  mentions: [],
  posts: [],
  reactions: [],
  version: 1,
  change: 0,
  createdAt: '2026-01-01T00:00:00.000Z',
  editedAt: null,
  deleted: false,
  notice: null,
}

export function nameOfReading(
  page: Page,
  { room, people }: { room: RoomReading['room']; people: readonly Person[] },
): string {
  return roomName(page, { ...room, name: room.boardName ?? room.name, people })
}

function roomHead(page: Page, data: RoomPageData): Html {
  const { chat } = page.words
  const { room } = data
  const what =
    room.kind === 'board' ? chat.board : room.kind === 'group' ? chat.people({ count: room.members }) : ''
  return html`<header class="chat-head"><a class="tool to-rooms" href="${paths.chat()}" aria-label="${chat.title}">${icon('back')}</a>
<div><h1>${nameOfReading(page, data)}</h1><p class="m" id="room-state">${what}</p></div>
<a class="tool" href="${paths.roomPart(room.id, 'search')}" aria-label="${chat.search}">${icon('search')}</a>
<a class="tool" href="${paths.roomPart(room.id, 'about')}" aria-label="${chat.about}">${icon('list')}</a></header>`
}

function writeForm(page: Page, data: RoomPageData): Html {
  const { chat } = page.words
  const { room, state, reply, apart } = data
  if (apart !== null)
    return html`<p class="note">${apart === 'own-block' ? chat.ownBlock : chat.keptAway}</p>`
  const hold = page.viewer?.blocked
  if (hold) return html`<p class="note">${refusalText(page.words, refusalOf(hold), page.timeZone)}</p>`
  if (!data.mayWrite)
    return html`<p class="note">${room.archived ? page.words.errors['board-archived'] : chat.readOnly}</p>`
  const fields = [{ kind: 'text', name: 'body', label: chat.field }] as const
  return html`<form class="chat-form" method="post" action="${paths.roomPart(room.id, 'messages')}" novalidate data-replying="${chat.replyingTo({ name: '{name}' })}" data-editing="${chat.editing}" data-remove-picture="${page.words.files.remove}">
${errorSummary(page, { state, fields, prefix: 'chat' })}
<input type="hidden" name="clientId" value="${data.clientId}"><input type="hidden" name="replyTo" value="${reply?.number ?? ''}">
<p class="replying"${reply === null && raw(' hidden')}><span>${reply && chat.replyingTo({ name: reply.name ?? page.words.post.gone })}</span> <a href="${paths.room(room.id)}#end" data-stop-reply>${chat.stopReply}</a></p>
<div class="chat-line"><label class="sr" for="chat-body">${chat.field}</label>
<textarea id="chat-body" name="body" rows="1" enterkeyhint="send" autocomplete="off" placeholder="${chat.field}" aria-describedby="chat-keys">
${state.values['body'] ?? ''}</textarea>
<a class="tool" href="${paths.upload()}" data-tool="attach" aria-label="${chat.picture}">${icon('image')}</a><input class="attach-file" type="file" accept="image/*" multiple hidden>
<button class="btn primary">${chat.send}</button></div><p class="hint" id="chat-keys">${chat.keys}</p></form>`
}
