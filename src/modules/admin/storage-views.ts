import type { StorageFigures } from '#modules/files/upkeep.ts'
import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import type { Page } from '#ui/page.ts'
import { personName } from '#ui/person.ts'
import { adminTabs } from './views.ts'

type StorageData = { figures: StorageFigures; memberBytes: number }

/** Totals, what the clean-up will take, and the members who store most. */
export function storagePage(page: Page, { figures, memberBytes }: StorageData): Html {
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
</div>`
}

/** Bytes in the largest unit that leaves at least one. */
function sizeText(page: Page, bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)))
  const format = { style: 'unit', unit: units[step], unitDisplay: 'short', maximumFractionDigits: 1 } as const
  return new Intl.NumberFormat(page.language, format).format(bytes / 1000 ** step)
}
