import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { emptyPlace } from '#ui/empty.ts'
import { icon } from '#ui/icon.ts'
import type { Page } from '#ui/page.ts'
import { pager } from '#ui/pager.ts'
import { settingsTabs } from '#ui/settings-tabs.ts'
import { timeDay } from '#ui/time.ts'
import type { Follow, Followable, Level } from './follows.ts'

/** Where the form about a thing is sent. */
function actionOf(thing: Followable): string {
  if ('board' in thing) return paths.followBoard(thing.board)
  if ('tag' in thing) return paths.followTag(thing.tag)
  return 'post' in thing ? paths.postPart(thing.post, 'follow') : paths.followMember(thing.member)
}

type Following = { thing: Followable; level: Level | null }

/** One button that follows or stops. Members only. */
export function followForm(page: Page, { thing, level }: Following): Html {
  const isOn = level === 'everything'
  const button = html`<button class="act" name="level" value="${isOn ? '' : 'everything'}" aria-pressed="${String(isOn)}">${icon('bell')}${
    page.words.follows.follow
  }</button>`
  return levelForm(page, thing, button)
}

/** One button, for a post's menu, that keeps its news away or lets them come again. */
export function muteForm(page: Page, { thing, level }: Following): Html {
  const { follows: t } = page.words
  const isOn = level === 'nothing'
  const button = html`<button name="level" value="${isOn ? '' : 'nothing'}">${icon('mute')}${isOn ? t.unmute : t.mute}</button>`
  return levelForm(page, thing, button)
}

function levelForm(page: Page, thing: Followable, button: Html): Html {
  return html`<form class="follow" method="post" action="${actionOf(thing)}"><input type="hidden" name="next" value="${page.here}">${button}</form>`
}

export type FollowsData = { follows: readonly Follow[]; next: number | null; before: number | null }

/** GET /settings/follows: each with a button to stop. */
export function followsPage(page: Page, data: FollowsData): Html {
  const { follows: t, site } = page.words
  return html`<div class="form-page">
${settingsTabs(page, 'follows')}
<h1>${t.title}</h1>
<p class="quiet">${t.text}</p>
${
  data.follows.length === 0
    ? emptyPlace({ title: t.none, text: t.noneHint, action: { href: paths.boards(), label: site.boards } })
    : html`<ul class="plain lines">${data.follows.map((one) => row(page, one))}</ul>`
}
${pager({
  label: t.title,
  next: data.next === null ? null : { href: paths.follows(data.next), label: t.older },
  first: data.before === null ? null : { href: paths.follows(), label: t.newer },
})}
</div>`
}

function row(page: Page, one: Follow): Html {
  const { follows: t } = page.words
  const { href, label, what, thing } = nameOf(one)
  return html`<li data-row><div class="line-text"><a class="line-title" href="${href}">${label}</a>
<small class="quiet">${t.kinds[one.level === 'nothing' ? 'muted' : what]} · ${timeDay(page, one.at)}</small></div>
<form method="post" action="${actionOf(thing)}" class="inline"><input type="hidden" name="next" value="${paths.follows()}"><button class="btn" name="level" value="" aria-label="${t.stopNamed(
    { name: label },
  )}">${t.stop}</button></form></li>`
}

type Named = { href: string; label: string; what: 'board' | 'post' | 'tag' | 'member'; thing: Followable }

function nameOf({ board, post, tag, member }: Follow): Named {
  if (board)
    return { href: paths.board(board.slug), label: board.name, what: 'board', thing: { board: board.slug } }
  if (post) return { href: paths.post(post), label: post.title, what: 'post', thing: { post: post.id } }
  if (member)
    return {
      href: paths.member(member.name),
      label: member.name,
      what: 'member',
      thing: { member: member.id },
    }
  return { href: paths.tag(tag ?? ''), label: `#${tag}`, what: 'tag', thing: { tag: tag ?? '' } }
}
