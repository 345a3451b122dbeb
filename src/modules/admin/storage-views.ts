import { isLate, type KeptBackup } from '#modules/backups/nightly.ts'
import type { StorageFigures } from '#modules/files/upkeep.ts'
import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import type { Page } from '#ui/page.ts'
import { personName } from '#ui/person.ts'
import { timeFull } from '#ui/time.ts'
import { adminTabs } from './views.ts'

/** `copies`: those in the bucket, if there is one; `problem`: what the last one failed with, if it did. */
export type Backups = {
  kept: readonly KeptBackup[]
  copies: readonly KeptBackup[] | 'away' | null
  keep: number
  isProven: boolean
  problem: string | null
}

type StorageData = {
  figures: StorageFigures
  memberBytes: number
  /** Null: the site makes none by itself. */
  backups: Backups | null
}

/** What an operator writes to have backups; the same in every language. */
const example = 'BACKUP_DIR=/var/backups/madang\nBACKUP_KEY=/etc/madang-backup.key'

/** Totals, what the clean-up will take, and the members who store most. */
export function storagePage(page: Page, { figures, memberBytes, backups }: StorageData): Html {
  const { admin: t } = page.words
  const number = new Intl.NumberFormat(page.language)
  const amount = (one: { files: number; bytes: number }) =>
    t.storedFiles({ count: number.format(one.files), size: sizeText(page, one.bytes) })
  const entries = [
    [t.stored, amount(figures)],
    [t.storedAvatars, number.format(figures.avatars)],
    [t.storedUnused, amount(figures.unused)],
  ] as const
  return html`<div class="form-page wide">
<h1>${t.title}</h1>
${adminTabs(page, 'storage')}
<p>${t.storageText({ megabytes: Math.floor(memberBytes / 1_000_000) })}</p>
<dl class="figures">${entries.map(([label, text]) => html`<div><dt>${label}</dt><dd class="num">${text}</dd></div>`)}</dl>
<h2>${t.storedMost}</h2>
${
  figures.biggest.length === 0
    ? html`<div class="empty"><p>${t.noFiles}</p></div>`
    : html`<ul class="plain lines">${figures.biggest.map(
        (one) =>
          html`<li><a href="${paths.adminMember(one.id)}">${personName(page, one.name === null ? null : { name: one.name })}</a> <small class="quiet num">${amount(
            one,
          )}</small></li>`,
      )}</ul>`
}
<h2>${t.backups}</h2>
${backups ? backupList(page, backups) : backupsOff(page)}
</div>`
}

function backupsOff({ words }: Page): Html {
  const { admin: t } = words
  return html`<p><strong>${t.backupsOff}</strong> ${t.backupsOffText}</p>
<pre>${example}</pre>`
}

function backupList(page: Page, { kept, copies, keep, isProven, problem }: Backups): Html {
  const { admin: t } = page.words
  const [newest] = kept
  const copied = new Set(copies === 'away' ? [] : copies?.map(({ name }) => name))
  return html`<p>${isProven ? t.backupsProven({ keep }) : t.backupsUnproven({ keep })}</p>
${
  problem !== null &&
  html`<div class="note danger" role="alert"><div><p><strong>${t.backupsFailing}</strong></p><pre>${problem}</pre></div></div>`
}${
  problem === null &&
  newest &&
  isLate(newest, page.now) &&
  html`<p class="note danger" role="alert"><span>${t.backupsLate}</span></p>`
}${copies === 'away' && html`<p class="note danger" role="alert"><span>${t.backupsBucketAway}</span></p>`}${
  newest
    ? html`<ul class="plain lines">${kept.map(
        ({ name, bytes, at }) =>
          html`<li><code>${name}</code> <small class="quiet num">${sizeText(page, bytes)} · ${timeFull(page, at)}${
            copied.has(name) && html` · ${t.backupCopied}`
          }</small></li>`,
      )}</ul>`
    : html`<div class="empty"><p>${t.backupsNone}</p></div>`
}`
}

/** Kilobytes, or the largest unit that leaves at least one. */
export function sizeText(page: Page, bytes: number): string {
  const units = ['kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3) - 1))
  const format = {
    style: 'unit',
    unit: units[step],
    maximumFractionDigits: 1,
  } as const
  return new Intl.NumberFormat(page.language, format).format(bytes / 1000 ** (step + 1))
}
