import { type Static, Type } from 'typebox'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { recordAct } from '#modules/modlog/modlog.ts'
import { apiPaths } from '#paths.ts'
import { type Db, transact } from '#platform/database.ts'
import type { Server } from '#platform/http/server.ts'
import { body, Id, Nothing, nullable, optionalBody, wholeListOf } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { archiveBoard, unarchiveBoard } from './archiving.ts'
import { boardTree, changeBoard, createBoard, findBoard } from './boards.ts'
import type { Board, BoardBranch } from './shapes.ts'

const Kind = Type.Union([Type.Literal('discussion'), Type.Literal('question')])
const ReadBy = Type.Union([Type.Literal('everyone'), Type.Literal('members'), Type.Literal('moderators')])
const WriteBy = Type.Union([Type.Literal('members'), Type.Literal('moderators')])
const own = {
  id: Id,
  slug: Type.String(),
  name: Type.String(),
  about: Type.String(),
  kind: Kind,
  readBy: ReadBy,
  writeBy: WriteBy,
  downvotes: Type.Boolean(),
  archived: Type.Boolean({ description: 'It, or a board above it, takes nothing new any more' }),
  posts: Type.Integer(),
  room: nullable(Type.Integer({ description: 'The chat room for whoever may read the board' })),
}
const BoardShape = Type.Object(own)
/** The tree as deep as it is: each branch holds its children. */
const Branch = Type.Cyclic(
  { Branch: Type.Object({ ...own, total: Type.Integer(), children: Type.Array(Type.Ref('Branch')) }) },
  'Branch',
)

const input = {
  about: Type.Optional(Type.String()),
  parent: Type.Optional(nullable(Type.String({ description: 'Slug of the board above' }))),
  kind: Type.Optional(Kind),
  readBy: Type.Optional(ReadBy),
  writeBy: Type.Optional(WriteBy),
  downvotes: Type.Optional(Type.Boolean()),
  position: Type.Optional(Type.Integer({ minimum: -10_000, maximum: 10_000 })),
}
const NewBoard = body({ slug: Type.String(), name: Type.String(), ...input })
const BoardChange = body({ slug: Type.Optional(Type.String()), name: Type.Optional(Type.String()), ...input })

export const presentBoard = ({ parentId: _, ...board }: Board) => board

type PresentedBranch = Omit<BoardBranch, 'parentId' | 'children'> & { children: PresentedBranch[] }
const presentBranch = ({ parentId: _, children, ...board }: BoardBranch): PresentedBranch => ({
  ...board,
  children: children.map(presentBranch),
})

/** Drops what was not given: a property that is absent differs from one that is undefined. */
function given<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}

const tags = ['boards']
const SlugParams = Type.Object({ slug: Type.String({ maxLength: 200 }) })

export function boardRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  oneBoardRoutes(api, web)
  archiveRoutes(api, web)
  api.get(
    '/boards',
    {
      schema: {
        tags,
        summary: 'The tree of boards',
        response: { 200: wholeListOf(Branch) },
      },
    },
    async (request) => ({
      items: (await boardTree(db, await web.viewer(request))).map(presentBranch),
      next: null,
    }),
  )

  api.post(
    '/boards',
    {
      schema: {
        tags,
        summary: 'Create a board (administrator)',
        body: NewBoard,
        response: { 201: BoardShape },
      },
    },
    async (request, reply) => {
      const viewer = await web.member(request)
      const board = await transact(db, async (tx) => {
        const created = await createBoard(tx, viewer, given(request.body))
        await recordAct(tx, { byId: viewer.id, act: 'board.create', boardId: created.id, now: web.now() })
        return created
      })
      return reply.code(201).header('location', apiPaths.board(board.slug)).send(presentBoard(board))
    },
  )
}

function oneBoardRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/boards/:slug',
    { schema: { tags, summary: 'A board', params: SlugParams, response: { 200: BoardShape } } },
    async (request) => presentBoard(await findBoard(db, await web.viewer(request), request.params.slug)),
  )
  api.patch(
    '/boards/:slug',
    {
      schema: {
        tags,
        summary: 'Change a board (administrator)',
        params: SlugParams,
        body: BoardChange,
        response: { 200: BoardShape },
      },
    },
    async (request) => {
      const viewer = await web.member(request)
      const board = await transact(db, async (tx) => {
        const before = await findBoard(tx, viewer, request.params.slug)
        const change = await completeChange(tx, viewer, { before, change: request.body })
        const changed = await changeBoard(tx, viewer, { board: before.slug, change })
        await recordAct(tx, { byId: viewer.id, act: 'board.change', boardId: changed.id, now: web.now() })
        return changed
      })
      return presentBoard(board)
    },
  )
}

function archiveRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  const schema = { tags, params: SlugParams, response: { 204: Nothing } }
  api.put(
    '/boards/:slug/archive',
    {
      schema: {
        ...schema,
        summary: 'Archive a board and what lies below it (administrator)',
        body: optionalBody({ reason: Type.Optional(Type.String()) }),
      },
    },
    async (request, reply) => {
      const { reason = '' } = request.body ?? {}
      const input = { board: request.params.slug, reason, now: web.now() }
      await archiveBoard(db, await web.member(request), input)
      return reply.code(204).send(null)
    },
  )
  api.delete(
    '/boards/:slug/archive',
    { schema: { ...schema, summary: 'Reopen an archived board (administrator)' } },
    async (request, reply) => {
      await unarchiveBoard(db, await web.member(request), { board: request.params.slug, now: web.now() })
      return reply.code(204).send(null)
    },
  )
}

/** What a PATCH leaves out stays as it is, the place in the tree included. */
async function completeChange(
  tx: Db,
  viewer: Viewer | null,
  made: { before: Board; change: Static<typeof BoardChange> },
) {
  const { before, change } = made
  const tree = change.parent === undefined ? await boardTree(tx, viewer) : []
  const parent = change.parent === undefined ? slugOfParent(tree, before.parentId) : change.parent
  return { slug: before.slug, name: before.name, about: before.about, ...given(change), parent }
}

function slugOfParent(branches: readonly BoardBranch[], id: number | null): string | null {
  for (const branch of branches) {
    const found = branch.id === id ? branch.slug : slugOfParent(branch.children, id)
    if (found) return found
  }
  return null
}
