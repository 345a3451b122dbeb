import { type Child, type Html, html } from '#platform/html.ts'
import { errorSummary } from './forms.ts'
import type { FormState, Page } from './page.ts'

type UploadForm = {
  action: string
  state: FormState
  /** The words on the button. */
  submit: string
  /** Bytes. */
  limit: number
  /** Tells several forms on one page apart. */
  prefix: string
  more?: Child
}

/** A form with one field for a picture, `image`. */
export function uploadForm(page: Page, given: UploadForm): Html {
  const { files: t } = page.words
  const id = `${given.prefix}-image`
  const hint = t.hint({ megabytes: Math.floor(given.limit / 1_000_000) })
  return html`<form class="form" method="post" action="${given.action}" enctype="multipart/form-data" novalidate>
${errorSummary(page, { state: given.state, fields: [] })}
<div class="field"><label for="${id}">${t.picture}</label>
<p class="hint" id="${id}-hint">${hint}</p>
<input id="${id}" type="file" name="image" accept="image/jpeg,image/png,image/gif,image/webp" required aria-describedby="${id}-hint"></div>
<div class="form-actions"><button class="btn primary">${given.submit}</button>${given.more}</div>
</form>`
}
