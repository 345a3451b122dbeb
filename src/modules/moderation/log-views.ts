import type { ListedAct } from '#modules/modlog/modlog.ts'
import { paths } from '#paths.ts'
import { type Child, type Html, html, nothing } from '#platform/html.ts'
import { emptyPlace } from '#ui/empty.ts'
import type { Page } from '#ui/page.ts'
import { timeFull } from '#ui/time.ts'
import { moderationTabs } from './views.ts'

export type LogData = { acts: ListedAct[]; next: string | null; isFirst: boolean }

/** Who did what, on what, when and why; newest first. */
export function logPage(page: Page, data: LogData): Html {
  const { moderation: t } = page.words
  return html`<div class="form-page wide">
<h1>${t.log}</h1>
${moderationTabs(page, 'log')}
<p class="hint">${t.logText}</p>
${data.acts.length === 0 ? emptyPlace({ title: t.logEmpty }) : logTable(page, data.acts)}
<p>${!data.isFirst && html`<a class="btn" href="${paths.moderationLog()}">${t.newest}</a> `}${
    data.next ? html`<a class="btn" href="${paths.moderationLog(data.next)}">${t.more}</a>` : nothing
  }</p>
</div>`
}

function logTable(page: Page, acts: readonly ListedAct[]): Html {
  const { moderation: t, write } = page.words
  return html`<table class="data log">
<thead><tr><th scope="col">${t.when}</th><th scope="col">${t.who}</th><th scope="col">${t.act}</th><th scope="col">${t.on}</th><th scope="col">${t.reason}</th></tr></thead>
<tbody>${acts.map(
    (act) => html`<tr><td data-label="${t.when}">${timeFull(page, act.at)}</td>
<td data-label="${t.who}">${act.by ? html`<a href="${paths.member(act.by.name)}">${act.by.name}</a>` : write.formerMember}</td>
<td data-label="${t.act}">${t.acts[act.act]}</td><td data-label="${t.on}">${objectOf(page, act)}</td>
<td data-label="${t.reason}">${reasonOf(page, act)}</td></tr>`,
  )}</tbody>
</table>`
}

/** What is done to members alone: without a name it was done to one who has left since. */
const ofMember = new Set<ListedAct['act']>([
  'member.block',
  'member.unblock',
  'member.role',
  'member.link',
  'member.factors',
  'member.sessions',
  'member.sweep',
])

/** Done to one of the site's texts: its name is the reason. */
const isOfText = ({ act }: ListedAct) => act.startsWith('text.')

function objectOf(page: Page, act: ListedAct): Child {
  const { post, commentId, member, board } = act
  if (isOfText(act)) return new Map(Object.entries(page.words.siteTexts.names)).get(act.reason)
  const parts: Html[] = []
  if (post) {
    const href = commentId === null ? paths.post(post) : paths.comment(commentId)
    parts.push(html`<a href="${href}">${post.title || page.words.moderation.hidden}</a>`)
  }
  if (member) parts.push(html`<a href="${paths.member(member.name)}">${member.name}</a>`)
  else if (ofMember.has(act.act)) parts.push(html`${page.words.write.formerMember}`)
  if (board) parts.push(html`<a href="${paths.board(board.slug)}">${board.name}</a>`)
  else if (act.act.startsWith('board.')) parts.push(html`${page.words.moderation.deletedBoard}`)
  return parts.map((part, index) => (index === 0 ? part : html` → ${part}`))
}

function reasonOf({ words }: Page, { act, reason }: ListedAct): Child {
  if (act.startsWith('text.')) return null
  if (act === 'member.role') return wordFor(words.admin.roles, reason)
  if (act === 'board.delete') return removalInWords(words, reason)
  return act === 'site.change' ? changeInWords(words, reason) : reason
}

/** "Garden (garden); messages: 12", as the log keeps it: what went with the board. */
function removalInWords({ moderation: t }: Page['words'], reason: string): string {
  const [, board, count] = /^(.*\)); messages: (\d+)$/s.exec(reason) ?? []
  return board ? t.boardWithMessages({ board, count: Number(count) }) : reason
}

/** "signUp: open → invitation", as the log keeps it, in the reader's words; what was typed stays as it is. */
function changeInWords(words: Page['words'], reason: string): string {
  const { admin: t, setup, trending } = words
  const [, name = '', change = ''] = /^([\w.]+): (.*)$/s.exec(reason) ?? []
  if (name === 'logo') return t.logo
  const onOff = { true: t.on, false: t.off }
  const confirm = { auto: t.confirmOptions.auto, true: t.confirmOptions.yes, false: t.confirmOptions.no }
  const settings: Record<string, [label: string, values?: Record<string, string>]> = {
    name: [setup.siteName],
    description: [setup.description],
    signUp: [t.signUp, t.signUpModes],
    invite: [t.invite, t.inviters],
    confirmEmail: [t.confirmEmail, confirm],
    signedApps: [t.signedApps, onOff],
    searchable: [t.searchable, onOff],
    aiCrawlers: [t.aiCrawlers, t.aiCrawlerChoices],
  }
  const ofTrending = /^trending\.(.*)$/.exec(name)?.[1]
  if (ofTrending !== undefined) return `${trending.title} · ${wordFor(trending.act, ofTrending)}: ${change}`
  const [label, values] = settings[name] ?? []
  if (label === undefined) return reason
  if (!values) return `${label}: ${change}`
  const told = change.split(' → ').map((value) => wordFor(values, value))
  return `${label}: ${told.join(' → ')}`
}

const wordFor = (words: Record<string, string>, name: string): string =>
  Object.hasOwn(words, name) ? (words[name] ?? name) : name
