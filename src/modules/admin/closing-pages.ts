import { Type } from 'typebox'
import { archiveBoard, unarchiveBoard } from '#modules/boards/archiving.ts'
import { findBoard, readableBoards, toTree } from '#modules/boards/boards.ts'
import { listTree } from '#modules/boards/choices.ts'
import type { Board } from '#modules/boards/shapes.ts'
import { messagesOfBoard } from '#modules/chat/board-room.ts'
import { deskPage } from '#modules/moderation/guards.ts'
import { holdsPosts, removeBoard, whatKeeps } from '#modules/posts/board-removal.ts'
import { paths } from '#paths.ts'
import { formOf, idText } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import type { DocumentOptions } from '#ui/document.ts'
import { emptyState } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { typedId, type Web } from '#ui/web.ts'
import { deleteBoardPage } from './closing-views.ts'

type ShowAgain = (page: Page, board: Board, refused: FormState) => Promise<DocumentOptions>

/** How a board ends: POST …/archive (`reason`) and …/unarchive; GET and POST …/delete (`to`, `messages`: how many it said there are). */
export function closingPages(pages: Server, web: Web, boardAgain: ShowAgain): void {
  const { db } = web.deps
  const params = Type.Object({ slug: Type.String({ maxLength: 200 }) })
  for (const part of ['archive', 'unarchive'] as const) {
    pages.post(
      `/admin/boards/:slug/${part}`,
      formOf(part === 'archive' ? ['reason'] : [], params),
      async (request, reply) => {
        const viewer = await web.member(request)
        const board = await findBoard(db, viewer, request.params.slug)
        const again = (page: Page, state: FormState) => boardAgain(page, board, state)
        return web.submit({ request, reply, again }, async ({ reason = '' }) => {
          const named = { board: board.slug, now: web.now() }
          if (part === 'archive') await archiveBoard(db, viewer, { ...named, reason })
          else await unarchiveBoard(db, viewer, named)
          return `${paths.adminBoard(board.slug)}#archive`
        })
      },
    )
  }

  const deletion = async (page: Page, board: Board, state: FormState) => {
    const boards = await readableBoards(db, page.viewer)
    const targets = listTree(toTree(boards), { without: board.id, open: true })
    const [keptBy, hasPosts] = [await whatKeeps(db, board.id), await holdsPosts(db, board.id)]
    const messages = await messagesOfBoard(db, board.id)
    const body = deleteBoardPage(page, { board, keptBy, hasPosts, messages, targets, state })
    return deskPage(page.words.admin.deleteBoardTitle(board), body)
  }
  pages.get('/admin/boards/:slug/delete', { schema: { params } }, async (request, reply) => {
    const page = await web.page(request)
    const board = await findBoard(db, page.viewer, request.params.slug)
    return web.show(reply, page, await deletion(page, board, emptyState))
  })
  pages.post(
    '/admin/boards/:slug/delete',
    formOf(['to', { messages: idText }], params),
    async (request, reply) => {
      const viewer = await web.member(request)
      const board = await findBoard(db, viewer, request.params.slug)
      const again = (page: Page, state: FormState) => deletion(page, board, state)
      return web.submit({ request, reply, again }, async ({ to = '', messages }) => {
        const asked = { board: board.slug, to, messages: typedId(messages) ?? 0, now: web.now() }
        const isGone = await removeBoard(db, viewer, asked)
        return paths.adminBoards(isGone ? 'deleted' : 'leaving')
      })
    },
  )
}
