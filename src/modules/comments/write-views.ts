import { paths } from '#paths.ts'
import { type Html, html, raw } from '#platform/html.ts'
import { editorFrame } from '#ui/editor.ts'
import { errorSummary, field } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'

export type CommentFormData = {
  /** Values: body, and draft, draftVersion when a draft fills it. */
  state: FormState
  postId: number
  /** The comment that is answered; null for a comment (on questions: an answer) under the post itself. */
  parent: { id: number; authorName: string | null } | null
  isAnswer: boolean
  /** Where "cancel" leads, on a page of its own. */
  back?: string
}

/** POST /p/{id}/comments: `body`, `parent`, `draft`, `draftVersion`. Stands under a post and on the reply page. */
export function commentForm(page: Page, data: CommentFormData): Html {
  const { write, forms } = page.words
  const { state, postId, parent } = data
  const label = parent ? replyLabel(page, parent.authorName) : data.isAnswer ? write.answer : write.comment
  const target = parent ? `reply:${postId}:${parent.id}` : `reply:${postId}`
  return html`<form class="form comment-form" method="post" action="${paths.postPart(postId, 'comments')}" novalidate data-target="${target}" data-member="${page.viewer?.id}" data-cancel="${forms.cancel}">
${errorSummary(page, { state, fields: [{ kind: 'area', name: 'body', label }] })}
<input type="hidden" name="parent" value="${parent?.id ?? ''}">
<input type="hidden" name="draft" value="${state.values['draft'] ?? ''}">
<input type="hidden" name="draftVersion" value="${state.values['draftVersion'] ?? ''}">
${editorFrame(page, { state, label, rows: 5, preview: null, hideLabel: true })}
<div class="form-actions">
<button class="btn primary">${!parent && data.isAnswer ? write.answerIt : write.reply}</button>
${data.back && html`<a class="btn" href="${data.back}">${forms.cancel}</a>`}
<span class="keeper"></span>
</div>
</form>`
}

function replyLabel(page: Page, name: string | null): string {
  const { write } = page.words
  return write.replyTo({ name: name ?? write.formerMember })
}

export type ReplyPageData = CommentFormData & {
  post: { id: number; title: string }
  /** The answered comment, rendered; null when the post itself is answered. */
  quoted: string | null
}

/** GET /c/{id}/reply and what follows a refused comment: the comment answered and the form. */
export function replyPage(page: Page, data: ReplyPageData): Html {
  const { write } = page.words
  return html`<div class="form-page">
<p><a href="${paths.post(data.post)}">${data.post.title}</a></p>
<h1>${data.parent ? replyLabel(page, data.parent.authorName) : write.replyTitle}</h1>
${data.quoted !== null && html`<blockquote class="quoted prose">${raw(data.quoted)}</blockquote>`}
${commentForm(page, { ...data, back: data.parent ? paths.comment(data.parent.id) : paths.post(data.post) })}
</div>`
}

export type CommentEditData = {
  /** Values: body, version (the one that was opened), draft, draftVersion. */
  state: FormState
  comment: { id: number }
  post: { id: number; title: string }
}

/** GET and POST /c/{id}/edit: `body`, `version`, `draft`, `draftVersion`. */
export function commentEditPage(page: Page, data: CommentEditData): Html {
  const { write, forms } = page.words
  const { state, comment } = data
  return html`<div class="form-page">
<p><a href="${paths.comment(comment.id)}">${data.post.title}</a></p>
<h1>${write.editCommentTitle}</h1>
<form class="form comment-form" method="post" action="${paths.commentPart(comment.id, 'edit')}" novalidate data-target="comment:${comment.id}" data-member="${page.viewer?.id}">
${errorSummary(page, { state, fields: [{ kind: 'area', name: 'body', label: write.comment }] })}
${field(page, { state, field: { kind: 'hidden', name: 'version', value: state.values['version'] } })}
<input type="hidden" name="draft" value="${state.values['draft'] ?? ''}">
<input type="hidden" name="draftVersion" value="${state.values['draftVersion'] ?? ''}">
${editorFrame(page, { state, label: write.comment, rows: 8, preview: null })}
<div class="form-actions">
<button class="btn primary">${write.save}</button>
<a class="btn" href="${paths.comment(comment.id)}">${forms.cancel}</a>
<span class="keeper"></span>
</div>
</form>
</div>`
}
