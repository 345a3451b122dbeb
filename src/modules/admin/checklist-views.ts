import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { icon } from '#ui/icon.ts'
import type { Page } from '#ui/page.ts'
import { fullTime } from '#ui/time.ts'
import type { Checklist, ChecklistName } from './checklist.ts'

/** Where it is done; what only the server's own settings do has no page. */
const places: Record<ChecklistName, string | null> = {
  address: null,
  https: null,
  mail: paths.adminPart('mail'),
  backups: paths.adminPart('storage'),
  boards: paths.adminPart('boards'),
  about: paths.adminPart('about'),
  people: paths.invitations(),
  wayBack: paths.security(),
}

/** What is worth doing after the set-up, ticked where it is done. POST /admin/checklist: `show` 0 | 1. */
export function checklist(page: Page, list: Checklist | 'hidden' | null): Html | null {
  if (list === null) return null
  const { admin: t } = page.words
  if (list === 'hidden') return showForm(1, t.todoShow)
  const done = list.entries.filter((one) => one.done).length
  return html`<section aria-labelledby="todo"><h2 id="todo">${t.todo}</h2>
<p class="hint">${t.todoDone({ done, count: list.entries.length })}</p>
<ul class="plain lines">${list.entries.map((one) => entry(page, one, list.backups))}</ul>
${showForm(0, t.todoHide)}</section>`
}

function entry(
  page: Page,
  { name, done }: Checklist['entries'][number],
  backups: Checklist['backups'],
): Html {
  const { admin: t } = page.words
  const place = places[name]
  const title = place === null ? html`${t.todos[name]}` : html`<a href="${place}">${t.todos[name]}</a>`
  const hint = name === 'backups' ? backupHint(page, backups) : done ? null : t.todoHints[name]
  return html`<li><div class="line-text"><span>${title}${
    done && html` <span class="mk ok">${icon('check')}${t.todoIsDone}</span>`
  }</span>${hint && html`<small class="quiet">${hint}</small>`}</div></li>`
}

function backupHint(page: Page, { newest, state }: Checklist['backups']): string {
  const { admin: t } = page.words
  const says = {
    off: t.todoHints.backups,
    waits: t.backupsNone,
    late: t.backupsLate,
    failing: t.backupsFailing,
    kept: '',
  }[state]
  const last = newest && t.backupLast({ at: fullTime(page, newest.at) })
  return [says, last].filter(Boolean).join(' ')
}

function showForm(show: 0 | 1, label: string): Html {
  return html`<form method="post" action="${paths.checklist()}"><button class="btn" name="show" value="${show}">${label}</button></form>`
}
