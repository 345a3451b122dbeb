import { paths } from '#paths.ts'
import { type Html, html, nothing } from '#platform/html.ts'
import { emptyPlace } from '#ui/empty.ts'
import { asks } from '#ui/forms.ts'
import type { Page } from '#ui/page.ts'
import { timeFull } from '#ui/time.ts'

/** What a draft is for; the names are null when its post or board is gone. */
export type DraftTarget =
  | { kind: 'new'; board: string | null }
  | { kind: 'edit'; title: string | null }
  | { kind: 'reply'; title: string | null }

export type ListedDraft = {
  id: number
  title: string
  /** The first characters of the text. */
  excerpt: string
  target: DraftTarget
  updatedAt: Date
}

export type DraftsData = { drafts: readonly ListedDraft[]; discarded: boolean }

/** My drafts. GET /drafts/{id} leads to the page where it goes on; POST /drafts/{id}/delete discards it. */
export function draftsPage(page: Page, data: DraftsData): Html {
  const { drafts: t, site } = page.words
  return html`<div class="form-page">
<h1>${t.title}</h1>
${data.discarded && html`<p class="note" role="status">${t.deleted}</p>`}
${
  data.drafts.length === 0
    ? emptyPlace({
        title: t.empty,
        text: t.emptyHint,
        action: { href: paths.write(), label: site.write },
      })
    : html`<ul class="plain lines drafts">${data.drafts.map((draft) => draftRow(page, draft))}</ul>`
}
</div>`
}

function draftRow(page: Page, draft: ListedDraft): Html {
  const { drafts: t } = page.words
  const title = draft.title || draft.excerpt || t.untitled
  return html`<li data-row>
<div class="line-text">
<a class="line-title" href="${paths.draft(draft.id)}">${title}</a>
<small class="quiet">${targetName(page, draft.target)} · ${t.savedAt} ${timeFull(page, draft.updatedAt)}</small>
${draft.title && draft.excerpt ? html`<p class="excerpt">${draft.excerpt}</p>` : nothing}
</div>
<form method="post" action="${paths.draftPart(draft.id, 'delete')}"${asks({ title: t.deleteSure, text: title })}><button class="btn" aria-label="${t.delete}: ${title}">${t.delete}</button></form>
</li>`
}

function targetName(page: Page, target: DraftTarget): string {
  const { drafts: t } = page.words
  if (target.kind === 'new') return target.board === null ? t.noBoard : t.newPost({ board: target.board })
  const title = target.title ?? t.untitled
  return target.kind === 'edit' ? t.edit({ title }) : t.reply({ title })
}
