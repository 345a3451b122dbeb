import type { Board, BoardBranch } from '#modules/boards/shapes.ts'
import { paths } from '#paths.ts'
import { type Html, html, nothing } from '#platform/html.ts'
import { icon } from '#ui/icon.ts'
import type { Page } from '#ui/page.ts'

/** A board's name, where it hangs, what it is for, and the boards inside it. */
export function boardHead(
  page: Page,
  data: { board: BoardBranch; above: readonly Board[]; mayWrite: boolean; follow: Html | null },
): Html {
  const { board } = data
  return html`<header class="head">
${trail(page, data.above)}
<div class="head-line"><h1>${board.name}</h1>${data.follow}${
    page.viewer &&
    board.room !== null &&
    html`<a class="btn" href="${paths.room(board.room)}#end">${icon('comment')}${page.words.chat.boardRoom}</a>`
  }${
    data.mayWrite &&
    html`<a class="btn" href="${paths.write(board.slug)}">${icon('write')}${page.words.boards.writeHere}</a>`
  }</div>
${board.about && html`<p class="about">${board.about}</p>`}
${board.archived && html`<p class="note">${icon('lock')}<span>${page.words.boards.archivedText}</span></p>\n`}${marks(page, board)}${children(page, board.children)}</header>`
}

/** The boards above, outermost first. */
export function trail(page: Page, above: readonly { slug: string; name: string }[]): Html {
  if (above.length === 0) return nothing
  const links = above.map((board) => html`<li><a href="${paths.board(board.slug)}">${board.name}</a></li>`)
  return html`<nav class="trail" aria-label="${page.words.layout.breadcrumb}"><ol>${links}</ol></nav>`
}

function children(page: Page, boards: readonly BoardBranch[]): Html {
  if (boards.length === 0) return nothing
  return html`<nav class="inside" aria-label="${page.words.boards.inside}"><ul>${boards.map(
    (board) =>
      html`<li><a href="${paths.board(board.slug)}">${board.name} <span class="num quiet">${board.total}</span></a></li>`,
  )}</ul></nav>`
}

/** Who may read and write, where that is not everyone and members. */
function marks({ words }: Page, board: Board): Html {
  const t = words.boards
  const read = { everyone: null, members: t.membersOnly, moderators: t.moderatorsOnly }[board.readBy]
  const write = board.writeBy === 'moderators' && !board.archived ? t.moderatorsWrite : null
  if (!read && !write) return nothing
  return html`<p class="marks">${read && html`<span class="mk">${icon('lock')}${read}</span>`}${
    write && html`<span class="mk">${icon('write')}${write}</span>`
  }</p>`
}

/** All boards with what they are for and how much is in them. */
export function boardTree(page: Page, boards: readonly BoardBranch[], level = 2): Html {
  const heading = (board: BoardBranch) => {
    const link = html`<a href="${paths.board(board.slug)}">${board.name}</a>`
    return level === 2 ? html`<h2>${link}</h2>` : html`<h3>${link}</h3>`
  }
  return html`<ul class="tree plain">${boards.map(
    (board) =>
      html`<li><div class="tree-row">${heading(board)}<p class="num quiet small">${page.words.boards.posts({
        count: board.total,
      })}</p>${board.about && html`<p class="about">${board.about}</p>`}${
        board.archived &&
        html`<p class="marks"><span class="mk">${icon('lock')}${page.words.boards.archived}</span></p>`
      }${marks(page, board)}</div>${
        board.children.length > 0 && boardTree(page, board.children, level + 1)
      }</li>`,
  )}</ul>`
}

/** The boards as a short list for the side column. */
export function boardNav(page: Page, boards: readonly BoardBranch[]): Html {
  if (boards.length === 0) return nothing
  return html`<nav class="side-nav" aria-labelledby="side-boards"><h2 id="side-boards">${page.words.boards.title}</h2>
<ul>${boards.map(
    (board) =>
      html`<li><a href="${paths.board(board.slug)}">${board.name}<span class="num quiet">${board.total}</span></a></li>`,
  )}</ul></nav>`
}
