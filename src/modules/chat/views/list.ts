import type { ListedRoom, Notice, Preview } from '#modules/chat/shapes.ts'
import type { Author } from '#modules/posts/shapes.ts'
import { paths } from '#paths.ts'
import { type Html, html, raw } from '#platform/html.ts'
import { avatar } from '#ui/avatar.ts'
import { emptyPlace } from '#ui/empty.ts'
import { form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { timeShort } from '#ui/time.ts'

/** What a room is called for this reader: its own name, its board's, or the others'. */
export function roomName(
  { words }: Page,
  room: { kind: string; name: string; members: number; people: readonly { name: string }[] },
): string {
  if (room.name !== '') return room.name
  const names = room.people.slice(0, 4).map((one) => one.name)
  if (names.length === 0) return room.kind === 'pair' ? words.post.gone : words.chat.alone
  const more = room.kind === 'group' ? room.members - 1 - names.length : 0
  return more > 0 ? `${names.join(', ')} ${words.chat.more({ count: more })}` : names.join(', ')
}

/** A message in a few words. */
export function previewText({ words }: Page, { text, picture }: Preview): string {
  return picture && text === '' ? words.chat.onlyPicture : text
}

/** Who came or went, and by whom. */
export function noticeText({ words }: Page, author: Author, { what, member }: Notice): string {
  const name = author?.name ?? words.post.gone
  return words.chat[what]({ name, whom: member?.name ?? words.post.gone })
}

export type ChatList = {
  rooms: readonly ListedRoom[]
  next: string | null
  boards: readonly { id: number; name: string }[]
  state: FormState
}

/** GET /chat: the reader's rooms. POST /chat: `names` with commas between them, `name` of a group. */
export function chatPage(page: Page, { rooms, next, boards, state }: ChatList): Html {
  const { chat } = page.words
  return html`<div class="chat-cols"><div class="rooms"><h1>${chat.title}</h1>
<div id="own-rooms">${
    rooms.length === 0
      ? emptyPlace({
          title: chat.emptyTitle,
          text: page.viewer?.blocked ? chat.emptyBlocked : chat.emptyText,
        })
      : html`<ul class="plain room-list">${rooms.map((room) => roomRow(page, room))}</ul>`
  }</div>
${next !== null && html`<p><a class="btn" href="${paths.chat(next)}">${chat.olderRooms}</a></p>`}</div>
<div class="rooms chat-start">${
    rooms.length > 0 &&
    html`<div class="choose">${emptyPlace({ title: chat.chooseTitle, text: page.viewer?.blocked ? chat.emptyBlocked : chat.chooseText })}</div>`
  }
${
  boards.length > 0 &&
  html`<section aria-labelledby="board-rooms"><h2 id="board-rooms">${chat.boards}</h2><ul class="plain room-list">${boards.map(
    (room) =>
      html`<li><a class="room-row" href="${paths.room(room.id)}">${avatar(room.name, null)}<span class="room-what"><b>${room.name}</b></span></a></li>`,
  )}</ul></section>`
}
${!page.viewer?.blocked && startForm(page, state)}</div></div>`
}

function startForm(page: Page, state: FormState): Html {
  const { chat } = page.words
  return html`<section aria-labelledby="start-room"><h2 id="start-room">${chat.start}</h2>
${form(page, {
  action: paths.chat(),
  state,
  submit: chat.open,
  fields: [
    {
      kind: 'text',
      name: 'names',
      label: chat.withWhom,
      hint: chat.withWhomHint,
      required: true,
      autocomplete: 'off',
    },
    { kind: 'text', name: 'name', label: chat.groupName, autocomplete: 'off' },
  ],
})}</section>`
}

/** Beside an open room, where there is place for it; after it in the document, so that one comes to the room first. */
export function roomsBeside(page: Page, rooms: readonly ListedRoom[], openId: number): Html {
  const { chat } = page.words
  return html`<nav class="rooms beside" aria-labelledby="rooms-beside"><div class="head-line"><h2 id="rooms-beside"><a href="${paths.chat()}">${chat.title}</a></h2>${
    !page.viewer?.blocked && html`<a class="btn" href="${paths.chat()}#start-room">${chat.start}</a>`
  }</div>
<div id="own-rooms" data-from="${paths.chat()}" data-open="${openId}">${
    rooms.length === 0
      ? html`<p class="quiet">${chat.emptyTitle}</p>`
      : html`<ul class="plain room-list">${rooms.map((room) => roomRow(page, room, openId))}</ul>`
  }</div></nav>`
}

function roomRow(page: Page, room: ListedRoom, openId?: number): Html {
  const { words } = page
  const [first] = room.people
  const { unread } = room
  const text = lastWords(page, room)
  return html`<li><a class="room-row${unread > 0 && ' unread'}" href="${paths.room(room.id)}#end" data-room-row="${room.id}"${
    room.id === openId && raw(' aria-current="page"')
  }>${avatar(
    room.kind === 'pair' ? (first?.name ?? '') : roomName(page, room),
    room.kind === 'pair' ? (first?.avatar ?? null) : null,
  )}<span class="room-what"><b>${roomName(page, room)}</b>${text !== null && html`<small>${text}</small>`}</span>
<span class="room-when">${timeShort(page, room.activeAt)}${room.muted && html`<span class="quiet">${words.chat.muted}</span>`}${
    unread > 0 &&
    html`<b class="unread-count"><span class="sr">${words.chat.unread({ count: unread })}</span><span aria-hidden="true">${
      unread > 99 ? '99+' : unread
    }</span></b>`
  }</span></a></li>`
}

function lastWords(page: Page, { kind, last }: ListedRoom): string | null {
  const { words, viewer } = page
  if (!last) return null
  if (last.notice) return noticeText(page, last.author, last.notice)
  if (last.deleted) return words.chat.deleted
  if (last.away) return words.chat.away
  const own = last.author !== null && last.author.id === viewer?.id
  // Of two the row names the other one already.
  if (kind === 'pair' && !own) return previewText(page, last)
  const name = own ? words.chat.you : (last.author?.name ?? words.post.gone)
  return words.chat.last({ name, text: previewText(page, last) })
}
