import type { Closing } from '#modules/boards/archiving.ts'
import type { ListedBoard } from '#modules/boards/choices.ts'
import type { Board } from '#modules/boards/shapes.ts'
import type { KeptBy } from '#modules/posts/board-removal.ts'
import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { confirmPage, emptyState, type Field, form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { fullTime } from '#ui/time.ts'

export type ClosingData = {
  board: Pick<Board, 'slug' | 'name' | 'archived'>
  closing: Closing
  /** The archive form as it was refused. */
  refused: FormState | null
}

/** Below a board's form: archive it or open it again, and the way to its deletion. */
export function closingSections(page: Page, data: ClosingData): Html {
  const { admin: t, boards } = page.words
  const { board, closing } = data
  if (closing.leavesFor !== null)
    return html`<section id="archive"><h2>${t.deleteBoard}</h2><p class="note" role="status">${t.boardLeaves({ to: closing.leavesFor })}</p></section>`
  return html`<section id="archive"><h2>${closing.archive ? boards.archived : t.archiveBoard}</h2>${closing.archive ? archived(page, data) : archiving(page, data)}</section>
<section><h2>${t.deleteBoard}</h2><p class="hint">${t.deleteBoardText}</p>
<p><a class="btn danger" href="${paths.adminBoard(board.slug, 'delete')}">${t.deleteBoard}</a></p></section>`
}

function archived(page: Page, { board, closing: { archive } }: ClosingData): Html {
  const { admin: t, post } = page.words
  return html`<p class="note"><span>${archive?.reason && `${post.because(archive)} `}<span class="quiet">${
    archive && `${archive.by ?? post.gone} · ${fullTime(page, archive.at)}`
  }</span></span></p>
${form(page, { action: paths.adminBoard(board.slug, 'unarchive'), state: emptyState, submit: t.unarchiveBoard, fields: [] })}`
}

function archiving(page: Page, { board, refused }: ClosingData): Html {
  const { admin: t, moderation } = page.words
  return html`<p class="hint">${board.archived ? t.archivedAbove : t.archiveText}</p>
${form(page, {
  action: paths.adminBoard(board.slug, 'archive'),
  prefix: 'archive',
  state: refused ?? emptyState,
  submit: t.archiveBoard,
  fields: [
    {
      kind: 'text',
      name: 'reason',
      label: moderation.reason,
      hint: t.archiveReasonHint,
      autocomplete: 'off',
    },
  ],
})}`
}

/** GET and POST /admin/boards/{slug}/delete: `to`, where it has posts; `messages`, how many the page told of. */
export function deleteBoardPage(
  page: Page,
  data: {
    board: Pick<Board, 'slug' | 'name'>
    /** Why it cannot be deleted yet. */
    keptBy: KeptBy | null
    hasPosts: boolean
    /** What was said in its room and goes with it. */
    messages: number
    targets: readonly ListedBoard[]
    state: FormState
  },
): Html {
  const { admin: t, chat, errors, moderation, write } = page.words
  const { board, keptBy, hasPosts, messages } = data
  if (keptBy !== null)
    return html`<div class="form-page notice-page"><h1>${t.deleteBoardTitle(board)}</h1><p>${errors[keptBy]}</p>
<p>${keptBy === 'board-has-reports' && html`<a class="btn" href="${paths.reportedMessages()}">${chat.reportsTitle}</a> `}<a class="btn" href="${paths.adminBoard(board.slug)}#archive">${t.archiveBoard}</a> <a class="btn" href="${paths.adminPart('boards')}">${t.boards}</a></p></div>`
  const options = data.targets.map(({ slug, name, depth }) => ({
    value: slug,
    label: `${'\u00a0\u00a0'.repeat(depth)}${name}`,
  }))
  const to: Field = {
    kind: 'select',
    name: 'to',
    label: moderation.moveTo,
    hint: t.deleteBoardToHint,
    required: true,
    options: [{ value: '', label: write.chooseBoard }, ...options],
  }
  return confirmPage(page, {
    title: t.deleteBoardTitle(board),
    text: `${hasPosts ? t.deleteBoardPosts : t.deleteBoardEmpty}${messages > 0 ? ` ${t.deleteBoardMessages({ count: messages })}` : ''}`,
    action: paths.adminBoard(board.slug, 'delete'),
    state: data.state,
    submit: hasPosts ? t.deleteBoardMove : t.deleteBoard,
    danger: true,
    cancel: paths.adminBoard(board.slug),
    fields: [...(hasPosts ? [to] : []), { kind: 'hidden', name: 'messages', value: messages }],
  })
}
