import { refusalOf } from '#modules/accounts/accounts.ts'
import type { PostKind } from '#modules/boards/shapes.ts'
import type { BoardName, Version } from '#modules/posts/shapes.ts'
import { paths } from '#paths.ts'
import { type Child, type Html, html, nothing, raw } from '#platform/html.ts'
import { refusalText } from '#ui/answers.ts'
import { editorFrame } from '#ui/editor.ts'
import { errorSummary, type Field, field } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { timeFull } from '#ui/time.ts'

/** A board that the viewer may write in, in the order of the tree. */
export type BoardChoice = { id: number; slug: string; name: string; depth: number; kind: PostKind }

type Begun = { id: number; title: string }

export type WriteData = {
  /** Values: board (slug), kind, title, tags (with commas), body, draft, draftVersion. */
  state: FormState
  boards: readonly BoardChoice[]
  /** Rendered Markdown when "preview" was pressed without script. */
  preview: string | null
  /** When the draft that fills the form was saved. */
  draftSavedAt: Date | null
  /** A draft that does not fill the form and could. */
  begun?: Begun | null
  /** What stands below the title: posts that ask the same. */
  similar?: Html
}

export type EditData = {
  /** Values: title, tags, body, version (the one that was opened), note, draft, draftVersion. */
  state: FormState
  post: { id: number; title: string; board: BoardName }
  preview: string | null
  draftSavedAt: Date | null
  begun?: Begun | null
}

/**
 * POST /write: `board`, `kind`, `title`, `tags`, `body`, `draft`, `draftVersion`, `do`: `publish`, `preview` (show the
 * page again with the text rendered) or `draft`.
 */
export function writePage(page: Page, data: WriteData): Html {
  const { write } = page.words
  if (data.boards.length === 0) return nowhereToWrite(page, data.state)
  const state = withKind(data)
  return writer(page, {
    heading: write.title,
    state,
    action: paths.write(),
    target: 'new',
    submit: write.publish,
    cancel: paths.home(),
    preview: data.preview,
    draftSavedAt: data.draftSavedAt,
    begun: data.begun ?? null,
    before: html`<div class="write-where">${boardField(page, data)}${field(page, { state, field: kindField(page) })}</div>`,
    after: nothing,
    ...(data.similar ? { similar: data.similar } : {}),
  })
}

/** What nobody chose yet is what the board's posts are. */
function withKind({ state, boards }: WriteData): FormState {
  const board = boards.find(({ slug }) => slug === state.values['board'])
  return { ...state, values: { kind: board?.kind ?? 'discussion', ...state.values } }
}

/** POST /p/{id}/edit: `title`, `tags`, `body`, `version`, `note`, `draft`, `draftVersion`, `do`. */
export function editPage(page: Page, data: EditData): Html {
  const { write } = page.words
  const { state, post } = data
  return writer(page, {
    heading: write.editTitle,
    state,
    action: paths.postPart(post.id, 'edit'),
    target: `post:${post.id}`,
    submit: write.save,
    cancel: paths.post(post),
    preview: data.preview,
    draftSavedAt: data.draftSavedAt,
    begun: data.begun ?? null,
    before: field(page, {
      state,
      field: { kind: 'hidden', name: 'version', value: state.values['version'] },
    }),
    after: field(page, { state, field: noteField(page) }),
  })
}

/** Whoever was blocked while writing still has the text to copy. */
function nowhereToWrite(page: Page, { values }: FormState): Html {
  const { write, site, errorPages } = page.words
  const written = [values['title'], values['body']].filter(Boolean).join('\n\n')
  return html`<div class="form-page narrow notice-page"><h1>${write.title}</h1>
<p>${page.viewer?.blocked ? refusalText(page.words, refusalOf(page.viewer.blocked), page.timeZone) : write.noBoards}</p>
<p><a class="btn primary" href="${paths.home()}">${site.home}</a></p>${
    written &&
    html`<p class="field"><label for="written">${errorPages.written}</label><textarea id="written" rows="8" readonly>
${written}</textarea></p>`
  }</div>`
}

type Writer = {
  heading: string
  state: FormState
  action: string
  /** What the draft is for. */
  target: string
  submit: string
  cancel: string
  preview: string | null
  draftSavedAt: Date | null
  begun: Begun | null
  before: Child
  after: Child
  similar?: Html
}

function writer(page: Page, given: Writer): Html {
  const { write, forms } = page.words
  const { state } = given
  const named: Field[] = [titleField(page), tagsField(page), noteField(page), boardLabel(page)]
  return html`<div class="write-page">
<div class="write-head"><h1>${given.heading}</h1><a href="${paths.drafts()}">${write.drafts}</a></div>
${draftNote(page, given)}
<form class="form write-form" method="post" action="${given.action}" novalidate data-target="${given.target}" data-member="${page.viewer?.id}">
${errorSummary(page, { state, fields: [...named, bodyLabel(page)] })}
<input type="hidden" name="draft" value="${state.values['draft'] ?? ''}">
<input type="hidden" name="draftVersion" value="${state.values['draftVersion'] ?? ''}">
${given.before}
${field(page, { state, field: titleField(page) })}
${given.similar}${editorFrame(page, { state, label: write.body, preview: given.preview, rows: 16 })}
${field(page, { state, field: tagsField(page) })}${tagWords(page)}
${given.after}
<div class="form-actions">
<button class="btn primary" name="do" value="publish">${given.submit}</button>
<button class="btn no-script" name="do" value="preview">${write.preview}</button>
<button class="btn no-script" name="do" value="draft">${write.saveDraft}</button>
<a class="btn" href="${given.cancel}">${forms.cancel}</a>
<span class="keeper"></span>
</div>
</form>
${markdownHelp(page)}
</div>`
}

/** Which draft this is; or that there is one, for who left the form and comes back to an empty one. */
function draftNote(page: Page, { draftSavedAt, begun }: Writer): Html {
  const { write, drafts } = page.words
  if (draftSavedAt)
    return html`<p class="note"><span>${write.draftFrom} ${timeFull(page, draftSavedAt)}</span></p>`
  if (!begun) return nothing
  const way = html`<a href="${paths.draft(begun.id)}">${begun.title || drafts.untitled}</a>`
  return html`<p class="note"><span>${write.begun} ${way}</span></p>`
}

function boardField(page: Page, data: WriteData): Html {
  const { write } = page.words
  const { state, boards } = data
  const chosen = state.values['board'] ?? ''
  const error = state.errors['board']
  const options = boards.map(
    (board) =>
      html`<option value="${board.slug}" data-kind="${board.kind}"${
        board.slug === chosen && html` selected`
      }>${'\u00a0\u00a0'.repeat(board.depth)}${board.name}</option>`,
  )
  return html`<div class="field${error !== undefined && ' has-error'}">
<label for="field-board">${write.board}</label>
${error !== undefined && html`<p class="field-error" id="field-board-error">${error}</p>`}
<select id="field-board" name="board" required${
    error !== undefined && html` aria-invalid="true" aria-describedby="field-board-error"`
  }><option value="">${write.chooseBoard}</option>${options}</select>
</div>`
}

function boardLabel(page: Page): Field {
  return { kind: 'select', name: 'board', label: page.words.write.board, options: [] }
}

function bodyLabel(page: Page): Field {
  return { kind: 'area', name: 'body', label: page.words.write.body }
}

function kindField(page: Page): Field {
  const { write } = page.words
  return {
    kind: 'choice',
    name: 'kind',
    label: write.kind,
    options: (['discussion', 'question'] as const).map((value) => ({
      value,
      label: write.kinds[value],
      hint: write.kindHints[value],
    })),
  }
}

function titleField(page: Page): Field {
  return {
    kind: 'text',
    name: 'title',
    label: page.words.write.postTitle,
    required: true,
    autocomplete: 'off',
  }
}

function tagsField(page: Page): Field {
  const { write } = page.words
  return { kind: 'text', name: 'tags', label: write.tags, hint: write.tagsHint, autocomplete: 'off' }
}

/** What a script says that offers tags. */
function tagWords(page: Page): Html {
  const { label, found, one, many, more } = page.words.write.tagsOffered
  return html`<span data-tags data-label="${label}" data-found="${found}" data-one="${one}" data-many="${many}" data-more="${more}" hidden></span>`
}

function noteField(page: Page): Field {
  const { write } = page.words
  return { kind: 'text', name: 'note', label: write.note, hint: write.noteHint, autocomplete: 'off' }
}

/** How to format, as a table that opens on demand. */
export function markdownHelp(page: Page): Html {
  const { write } = page.words
  return html`<details class="markdown-help"><summary>${write.markdown}</summary>
<table>${write.markdownTable.map(([code, meaning]) => html`<tr><td><code>${code}</code></td><td>${meaning}</td></tr>`)}</table>
</details>`
}

export type ConflictData = {
  /** Values: what the second editor typed. The page sends it again with `theirs.version` as the version edited. */
  state: FormState
  /** POST address: /p/{id}/edit or /c/{id}/edit. */
  action: string
  cancel: string
  /** The newest version, which was saved meanwhile. */
  theirs: Pick<Version, 'version' | 'body' | 'by'> & { title?: string; tags?: string[] }
  /** Differences from theirs to mine, rendered elsewhere; null when there is none to show. */
  diff: Html | null
}

/** Two people edited the same version: both texts, nothing lost, and one form to save the merged one. */
export function conflictPage(page: Page, data: ConflictData): Html {
  const { write, forms } = page.words
  const { state, theirs } = data
  const name = theirs.by?.name ?? write.formerMember
  const hidden = ['draft', 'draftVersion', 'note'].filter((key) => state.values[key])
  return html`<div class="write-page">
<h1>${write.conflictTitle}</h1>
<p class="note warm" role="alert" tabindex="-1" autofocus>${write.conflictText({ name, version: theirs.version })}</p>
${data.diff && html`<details class="conflict-diff" open><summary>${write.changes}</summary>${data.diff}</details>`}
<form class="form conflict" method="post" action="${data.action}" novalidate>
<input type="hidden" name="version" value="${theirs.version}">
${hidden.map((key) => html`<input type="hidden" name="${key}" value="${state.values[key] ?? ''}">`)}
<div class="conflict-texts">
<section><h2>${write.mine}</h2>
${theirs.title !== undefined && field(page, { state, field: titleField(page) })}
${field(page, { state, field: { kind: 'area', name: 'body', label: write.body, rows: 18, required: true } })}
${theirs.tags !== undefined && field(page, { state, field: tagsField(page) })}
</section>
<section><h2>${write.theirs}</h2>
${theirs.title !== undefined && readOnly(write.postTitle, html`<input id="theirs-title" value="${theirs.title}" readonly>`, 'theirs-title')}
${readOnly(write.body, html`<textarea id="theirs-body" rows="18" readonly>${raw('\n')}${theirs.body}</textarea>`, 'theirs-body')}
${theirs.tags !== undefined && readOnly(write.tags, html`<input id="theirs-tags" value="${theirs.tags.join(', ')}" readonly>`, 'theirs-tags')}
</section>
</div>
<div class="form-actions">
<button class="btn primary" name="do" value="publish">${write.saveMerged}</button>
<a class="btn" href="${data.cancel}">${forms.cancel}</a>
</div>
</form>
</div>`
}

function readOnly(label: string, control: Html, id: string): Html {
  return html`<div class="field"><label for="${id}">${label}</label>${control}</div>`
}
