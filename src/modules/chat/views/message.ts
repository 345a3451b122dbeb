import type { PostCard, Quote } from '#modules/chat/reading.ts'
import type { Message } from '#modules/chat/shapes.ts'
import { paths } from '#paths.ts'
import { type Html, html, nothing, raw } from '#platform/html.ts'
import { dayIn } from '#platform/zones.ts'
import { avatar } from '#ui/avatar.ts'
import { icon } from '#ui/icon.ts'
import type { Page } from '#ui/page.ts'
import { personLink } from '#ui/person.ts'
import { longDay, timeFull, timeOfDay } from '#ui/time.ts'
import { noticeText, previewText } from './list.ts'

export type Around = {
  roomId: number
  quotes: ReadonlyMap<number, Quote>
  cards: ReadonlyMap<number, PostCard>
  away: ReadonlySet<number>
  /** The first number on the page; on pages of one message nothing else stands there. */
  from?: number
  /** Up to here the reader had read when they came. */
  readTo?: number | null
}

/** What most people answer with. */
export const commonEmoji = ['👍', '❤️', '😄', '🎉', '😢', '🙏'] as const

/** Minutes within which the next message of the same person stands under the first without a head of its own. */
const together = 5

/** Messages in order; `src/browser/chat.ts` makes the same rows from what it hears, out of the template beside them. */
export function messageList(page: Page, around: Around, messages: readonly Message[]): Html {
  const day = (one: Message | undefined) => one && dayIn(page.timeZone, new Date(one.createdAt))
  return html`${messages.map((one, index) => {
    const before = messages[index - 1]
    const isNewDay = day(one) !== day(before)
    const isUnread = isFirstUnread(around, one, before)
    return html`${isNewDay && dayLine(page, one)}${isUnread && unreadLine(page)}${
      one.notice
        ? html`<li class="said-quietly" id="m${one.number}">${noticeText(page, one.author, one.notice)}</li>`
        : messageRow(page, around, isNewDay || isUnread ? { one } : { one, before })
    }`
  })}`
}

function isFirstUnread({ readTo }: Around, one: Message, before: Message | undefined): boolean {
  if (readTo === undefined || readTo === null || one.number <= readTo) return false
  return before === undefined || before.number <= readTo
}

/** Above the first message that the reader had not read. */
function unreadLine({ words }: Page): Html {
  return html`<li class="day unread-line"><span>${words.chat.unreadFrom}</span></li>`
}

/** Between the messages of two days. */
function dayLine(page: Page, { createdAt }: Message): Html {
  const at = new Date(createdAt)
  return html`<li class="day" data-day="${dayIn(page.timeZone, at)}"><span>${longDay(page, at)}</span></li>`
}

function follows(one: Message, before: Message | undefined): boolean {
  if (
    !before ||
    before.notice !== null ||
    one.author === null ||
    one.author.id !== before.author?.id ||
    one.replyTo !== null
  )
    return false
  return Date.parse(one.createdAt) - Date.parse(before.createdAt) < together * 60_000
}

export function messageRow(
  page: Page,
  around: Around,
  /** `alone`: away from its room, so its day is said with it. */
  { one, before, alone }: { one: Message; before?: Message | undefined; alone?: boolean },
): Html {
  const { words, viewer } = page
  const own = viewer !== null && viewer.id === one.author?.id
  const time = alone ? timeFull : timeOfDay
  return html`<li class="msg${own && ' own'}${one.deleted && ' gone'}${follows(one, before) && ' next'}" id="m${one.number}" data-number="${one.number}" data-change="${
    one.change
  }" data-author="${one.author?.id ?? ''}" data-at="${one.createdAt}">${avatar(one.author?.name ?? '', one.avatar)}<div class="msg-what">
<p class="m">${personLink(page, one.author)}<a class="msg-at" href="${paths.message(around.roomId, one.number)}">${time(
    page,
    new Date(one.createdAt),
  )}</a><span class="msg-edited"${(one.version === 1 || one.deleted) && raw(' hidden')}>${words.chat.edited}</span></p>
${quoteOf(page, around, one)}<div class="prose">${textOf(page, around, one)}</div>
<div class="cards">${one.posts.map((id) => cardOf(around.cards.get(id)))}</div>
<div class="reactions">${one.reactions.map((each) => reactionForm(page, around, { one, ...each }))}</div></div>
<a class="msg-more" href="${paths.message(around.roomId, one.number)}" aria-label="${words.chat.acts({ number: one.number })}">${icon('more')}</a></li>`
}

function quoteOf(page: Page, { quotes, from, roomId }: Around, { replyTo, deleted }: Message): Html {
  const { words } = page
  if (replyTo === null || deleted) return nothing
  const quote = quotes.get(replyTo)
  const text =
    !quote || quote.deleted || quote.away
      ? words.chat.quoteGone
      : words.chat.quote({ name: quote.name ?? words.post.gone, text: previewText(page, quote) })
  // Further back than this page goes, it stands at the end of another.
  const place = from === undefined || replyTo < from ? paths.room(roomId, { before: replyTo + 1 }) : ''
  return html`<p class="quote"><a href="${place}#m${replyTo}" data-quoted="${replyTo}">${text}</a></p>\n`
}

function textOf({ words }: Page, { away }: Around, one: Message): Html {
  if (one.deleted) return html`<p class="quiet">${words.chat.deleted}</p>`
  if (one.author !== null && away.has(one.author.id)) return html`<p class="quiet">${words.chat.away}</p>`
  return raw(one.html)
}

/** A post as a card; nothing of one that the reader may not see. */
export function cardOf(card: PostCard | undefined): Html {
  if (!card) return nothing
  return html`<a class="post-card" href="${paths.post(card)}"><b>${card.title}</b><small>${card.board} · ${icon('comment')}${
    card.comments
  }</small></a>`
}

function reactionForm(
  { words, viewer }: Page,
  { roomId }: Around,
  given: { one: Message; emoji: string; count: number; by: readonly number[] },
): Html {
  const { one, emoji, count, by } = given
  const mine = viewer !== null && by.includes(viewer.id)
  return html`<form method="post" action="${paths.message(roomId, one.number, 'react')}"><input type="hidden" name="on" value="${
    mine ? '' : '1'
  }"><button name="emoji" value="${emoji}" aria-pressed="${String(mine)}"><span class="sr">${words.chat.reaction({ emoji, count })}</span><span aria-hidden="true">${emoji} ${count}</span></button></form>`
}
