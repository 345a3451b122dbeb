import { Type } from 'typebox'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { closingOf } from '#modules/boards/archiving.ts'
import {
  type BoardInput,
  boardLimits,
  boardTree,
  changeBoard,
  createBoard,
  findBoard,
} from '#modules/boards/boards.ts'
import { listTree } from '#modules/boards/choices.ts'
import type { Board } from '#modules/boards/shapes.ts'
import { setBoardRoom } from '#modules/chat/rooms.ts'
import { deskPage } from '#modules/moderation/guards.ts'
import { recordAct } from '#modules/modlog/modlog.ts'
import { paths } from '#paths.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { invalid } from '#platform/errors.ts'
import { formOf, tick } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { slugOf } from '#platform/text.ts'
import type { DocumentOptions } from '#ui/document.ts'
import type { FormState, Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { closingPages } from './closing-pages.ts'
import { boardPage, boardsPage, newBoardValues } from './views.ts'

type Typed = Record<string, string>

const boardFields = [
  ...['name', 'slug', 'about', 'parent', 'position', 'kind', 'readBy', 'writeBy'],
  { downvotes: tick, room: tick },
]

/** The tree of boards, and a form for a new board and for each that is there. */
export function boardPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const query = Type.Object({
    saved: Type.Optional(Type.String({ maxLength: 5 })),
    done: Type.Optional(Type.String({ maxLength: 10 })),
  })
  pages.get('/admin/boards', { schema: { querystring: query } }, async (request, reply) => {
    const page = await web.page(request)
    const boards = await boardTree(db, page.viewer)
    const { saved, done } = request.query
    const body = boardsPage(page, {
      boards,
      done: saved === '1' ? 'saved' : (dones.find((one) => one === done) ?? null),
    })
    return web.show(reply, page, deskPage(page.words.admin.boards, body))
  })
  newBoardPages(pages, web)
  changeBoardPages(pages, web)
  const again = async (page: Page, board: Board, refused: FormState) =>
    options(web, page, { board, state: { values: await valuesOf(db, board), errors: {} }, refused })
  closingPages(pages, web, again)
}

const dones = ['deleted', 'leaving'] as const

async function options(
  web: Web,
  page: Page,
  given: { board: Board | null; state: FormState; refused?: FormState },
): Promise<DocumentOptions> {
  const { board, state, refused = null } = given
  const { admin: t } = page.words
  const tree = await boardTree(web.deps.db, page.viewer)
  const closing = board && { board, closing: await closingOf(web.deps.db, board), refused }
  const parents = listTree(tree, board ? { without: board.id } : {})
  return deskPage(
    board ? t.editBoard(board) : t.newBoard,
    boardPage(page, { state, board, parents, closing }),
  )
}

function newBoardPages(pages: Server, web: Web): void {
  const { db } = web.deps
  pages.get('/admin/new-board', async (request, reply) => {
    const page = await web.page(request)
    const values = { ...newBoardValues, position: String(await nextPosition(db)) }
    return web.show(reply, page, await options(web, page, { board: null, state: { values, errors: {} } }))
  })
  pages.post('/admin/new-board', formOf(boardFields), async (request, reply) => {
    const viewer = await web.member(request)
    const again = (page: Page, state: FormState) => options(web, page, { board: null, state })
    return web.submit({ request, reply, again }, async (typed) => {
      const input = toInput(typed)
      await transact(db, async (tx) => {
        const board = await createBoard(tx, viewer, input)
        await keepRoom(tx, viewer, { board, typed, now: web.now() })
        await recordAct(tx, { byId: viewer.id, act: 'board.create', boardId: board.id, now: web.now() })
      })
      return paths.adminPart('boards', 1)
    })
  })
}

/** Behind all that are there, as far as the form's field goes. */
async function nextPosition(db: Db): Promise<number> {
  const [last] = await ask<{ next: number }>(
    db,
    'select least(coalesce(max(position), -1) + 1, 9999)::int as next from boards',
    [],
  )
  return last?.next ?? 0
}

function changeBoardPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const params = Type.Object({ slug: Type.String({ maxLength: 200 }) })
  pages.get('/admin/boards/:slug', { schema: { params } }, async (request, reply) => {
    const page = await web.page(request)
    const board = await findBoard(db, page.viewer, request.params.slug)
    return web.show(
      reply,
      page,
      await options(web, page, { board, state: { values: await valuesOf(db, board), errors: {} } }),
    )
  })
  pages.post('/admin/boards/:slug', formOf(boardFields, params), async (request, reply) => {
    const viewer = await web.member(request)
    const board = await findBoard(db, viewer, request.params.slug)
    const again = (page: Page, state: FormState) => options(web, page, { board, state })
    return web.submit({ request, reply, again }, async (typed) => {
      const change = toInput(typed)
      await transact(db, async (tx) => {
        const changed = await changeBoard(tx, viewer, { board: board.slug, change })
        await keepRoom(tx, viewer, { board: changed, typed, now: web.now() })
        await recordAct(tx, { byId: viewer.id, act: 'board.change', boardId: board.id, now: web.now() })
      })
      return paths.adminPart('boards', 1)
    })
  })
}

async function valuesOf(db: Db, board: Board): Promise<Typed> {
  const [place] = await ask<{ parent: string | null; position: number }>(
    db,
    'select p.slug as parent, b.position from boards b left join boards p on p.id = b.parent_id where b.id = $1',
    [board.id],
  )
  return {
    name: board.name,
    slug: board.slug,
    about: board.about,
    kind: board.kind,
    readBy: board.readBy,
    writeBy: board.writeBy,
    downvotes: board.downvotes ? '1' : '',
    room: board.room === null ? '' : '1',
    parent: place?.parent ?? '',
    position: String(place?.position ?? 0),
  }
}

/** Opens or closes the board's chat room, as the form says. */
async function keepRoom(
  tx: Db,
  viewer: Viewer,
  { board, typed, now }: { board: Board; typed: Typed; now: Date },
): Promise<void> {
  const open = Boolean(typed['room'])
  if (open !== (board.room !== null)) await setBoardRoom(tx, viewer, { board: board.slug, open, now })
}

/** @throws Invalid for what the form's own choices cannot send */
function toInput(typed: Typed): BoardInput {
  const { name = '', slug = '', about = '', parent = '', position = '' } = typed
  if (!/^-?\d{1,4}$/.test(position.trim()))
    throw invalid('position', position.trim() === '' ? 'required' : 'type')
  return {
    name,
    slug: slug.trim() === '' ? slugOf(name).slice(0, boardLimits.slug) : slug,
    about,
    parent: parent === '' ? null : parent,
    position: Number(position),
    kind: choice(typed, 'kind', ['discussion', 'question']),
    readBy: choice(typed, 'readBy', ['everyone', 'members', 'moderators']),
    writeBy: choice(typed, 'writeBy', ['members', 'moderators']),
    downvotes: Boolean(typed['downvotes']),
  }
}

function choice<T extends string>(typed: Typed, field: string, values: readonly T[]): T {
  const value = values.find((one) => one === typed[field])
  if (value === undefined) throw invalid(field, typed[field] ? 'type' : 'required')
  return value
}
