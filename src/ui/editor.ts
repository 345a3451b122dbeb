import { paths } from '#paths.ts'
import { type Html, html, raw } from '#platform/html.ts'
import type { FormState, Page } from '#ui/page.ts'

type Editor = {
  state: FormState
  label: string
  rows: number
  /** Rendered Markdown, when the server was asked for it; null leaves the pane to the script. */
  preview: string | null
  /** The id of the text field; several editors may stand on one page. */
  id?: string
  /** Where a heading says the same. */
  hideLabel?: boolean
  /** Takes no pictures, and may stay empty. */
  plain?: boolean
}

const tools = [
  ['bold', 'b'],
  ['italic', 'i'],
  ['link', 'k'],
  ['quote', null],
  ['code', 'e'],
  ['list', null],
] as const

/**
 * A text field for Markdown, named `body`. With script it gains a toolbar, a live preview and completion of names;
 * styles show toolbar and empty preview only where scripts run, so that nothing jumps.
 */
export function editorFrame(page: Page, given: Editor): Html {
  const { files, write } = page.words
  const { state, rows, id = 'field-body', plain = false } = given
  const error = state.errors['body']
  return html`<text-editor class="editor">
<div class="editor-text">
<div class="field${error !== undefined && ' has-error'}">
<label for="${id}"${given.hideLabel && html` class="sr"`}>${given.label}</label>
${error !== undefined && html`<p class="field-error" id="${id}-error">${error}</p>`}
<div class="toolbar" role="toolbar" aria-label="${write.tools.label}" aria-controls="${id}">
${tools.map(([tool, key]) => toolButton(write.tools[tool], tool, key))}
${
  !plain &&
  html`${toolButton(files.attach, 'attach', null)}
<input class="attach-file" type="file" accept="image/jpeg,image/png,image/gif,image/webp" multiple hidden aria-label="${files.picture}">
`
}<button type="button" class="ed preview-toggle" data-tool="preview" aria-pressed="false">${write.preview}</button>
</div>
<textarea id="${id}" name="body" rows="${rows}"${!plain && html` required`}${
    error !== undefined && html` aria-invalid="true" aria-describedby="${id}-error"`
  }>${raw('\n')}${state.values['body'] ?? ''}</textarea>
${!plain && html`<p class="no-script small"><a href="${paths.upload()}" target="_blank">${files.upload}</a></p>`}
</div>
</div>
<section class="editor-preview${given.preview === null && ' blank'}"${given.preview !== null && html` tabindex="-1" autofocus`} aria-label="${write.preview}">
<h2 class="small quiet">${write.preview}</h2>
<div class="prose" data-empty="${write.emptyPreview}">${given.preview !== null && raw(given.preview)}</div>
</section>
</text-editor>`
}

function toolButton(label: string, tool: string, key: string | null): Html {
  const title = key ? `${label} (Ctrl+${key.toUpperCase()})` : label
  return html`<button type="button" class="ed" data-tool="${tool}" title="${title}" aria-label="${label}"${
    key && html` aria-keyshortcuts="Control+${key.toUpperCase()}"`
  }><span class="sign as-${tool}" aria-hidden="true"></span></button>`
}
