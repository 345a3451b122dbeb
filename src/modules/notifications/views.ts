import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { dayIn } from '#platform/zones.ts'
import { avatar } from '#ui/avatar.ts'
import { emptyPlace } from '#ui/empty.ts'
import { icon } from '#ui/icon.ts'
import type { Page } from '#ui/page.ts'
import { pager } from '#ui/pager.ts'
import { longDay, timeShort } from '#ui/time.ts'
import type { Notification } from './list.ts'
import { sentenceOf } from './sentences.ts'

const shows = ['all', 'unread', 'mention', 'follow'] as const
export type Show = (typeof shows)[number]

export function isShow(text: unknown): text is Show {
  return shows.some((show) => show === text)
}

export type NotificationsData = {
  items: readonly Notification[]
  next: string | null
  show: Show
  after: string | null
}

/** GET /notifications. POST /notifications/read: `until`, the time of the newest one on the page. */
export function notificationsPage(page: Page, data: NotificationsData): Html {
  const { notifications: t } = page.words
  const { items, next, show, after } = data
  const of = (at: string | null) => paths.notifications({ show: show === 'all' ? null : show, after: at })
  return html`<div class="head-line"><h1>${t.title}</h1>
${items.length > 0 && readAll(page, items)}<a class="btn" href="${paths.settingsPart('notifications')}">${page.words.site.settings}</a></div>
${tabs(page, show)}
${items.length === 0 ? nothingNew(page, show) : days(page, items)}
${pager({
  label: t.pages,
  next: next === null ? null : { href: of(next), label: t.older },
  first: after === null ? null : { href: of(null), label: t.newer },
})}`
}

/** What came after the page was made stays unread. */
function readAll(page: Page, items: readonly Notification[]): Html {
  const newest = items.reduce((latest, one) => Math.max(latest, one.at.getTime()), 0)
  const until = new Date(Math.max(newest, page.now.getTime())).toISOString()
  return html`<form method="post" action="${paths.notificationsRead()}"><input type="hidden" name="until" value="${until}"><button class="btn">${
    page.words.notifications.readAll
  }</button></form>`
}

function tabs(page: Page, current: Show): Html {
  const { notifications: t } = page.words
  return html`<nav class="tabs" aria-label="${t.filter}">${shows.map(
    (show) =>
      html`<a href="${paths.notifications({ show: show === 'all' ? null : show })}"${
        show === current && html` aria-current="page"`
      }>${t.filters[show]}</a>`,
  )}</nav>`
}

function nothingNew(page: Page, show: Show): Html {
  const { notifications: t } = page.words
  const action = { href: paths.home(), label: page.words.site.home }
  return show === 'unread'
    ? emptyPlace({ title: t.noneUnread, text: t.noneUnreadHint, action })
    : emptyPlace({ title: t.none, text: t.noneHint, action })
}

/** A heading a day, in the order that the list has. */
function days(page: Page, items: readonly Notification[]): Html {
  const groups: { day: string; at: Date; items: Notification[] }[] = []
  for (const one of items) {
    const day = dayIn(page.timeZone, one.at)
    const last = groups.at(-1)
    if (last?.day === day) last.items.push(one)
    else groups.push({ day, at: one.at, items: [one] })
  }
  return html`${groups.map(
    (group) => html`<section class="notices"><h2>${longDay(page, group.at)}</h2>
<ul class="plain">${group.items.map((one) => row(page, one))}</ul></section>`,
  )}`
}

function row(page: Page, one: Notification): Html {
  const { notifications: t } = page.words
  // Moderators tell as one, and who left has no name.
  const face = one.actor
    ? avatar(one.actor.name, one.avatar)
    : html`<span class="av hue-0" aria-hidden="true">${icon(one.kind === 'moderation' ? 'shield' : 'bell')}</span>`
  return html`<li data-row class="notice${!one.read && ' unread'}">${face}<div><a href="${paths.notification(one.id)}">${
    !one.read && html`<span class="sr">${t.isNew}: </span>`
  }${sentenceOf(page.words, one)}</a>${one.excerpt !== '' && html`<p class="clip">${one.excerpt}</p>`}
<small class="quiet">${timeShort(page, one.at)}${one.board && html` · ${one.board.name}`}</small>${
    one.note !== '' && html`<p class="quiet">${t.reason({ reason: one.note })}</p>`
  }</div></li>`
}
