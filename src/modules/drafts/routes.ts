import { Type } from 'typebox'
import { postLimits } from '#modules/posts/rules.ts'
import { apiPaths } from '#paths.ts'
import type { Server } from '#platform/http/server.ts'
import {
  body,
  Id,
  IdParams,
  Instant,
  Nothing,
  nullable,
  SeenVersion,
  wholeListOf,
} from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { discardDraft } from './discard.ts'
import { createDraft, type Draft, findDraft, listDrafts, saveDraft } from './drafts.ts'

const tags = ['drafts']
const Kind = nullable(Type.Union([Type.Literal('discussion'), Type.Literal('question')]))
const text = {
  title: Type.Optional(Type.String()),
  body: Type.Optional(Type.String()),
  tags: Type.Optional(Type.Array(Type.String(), { maxItems: 20 })),
  kind: Type.Optional(Kind),
  board: Type.Optional(nullable(Type.String({ maxLength: 80 }))),
  base: Type.Optional(
    nullable(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        description: 'Of an edit: the version it was begun from',
      }),
    ),
  ),
}
const DraftShape = Type.Object({
  id: Id,
  target: Type.String(),
  version: Type.Integer(),
  title: Type.String(),
  body: Type.String(),
  tags: Type.Array(Type.String()),
  kind: Kind,
  board: nullable(Type.String()),
  base: nullable(Type.Integer()),
  updatedAt: Instant,
})

const presentDraft = (draft: Draft) => ({ ...draft, updatedAt: draft.updatedAt.toISOString() })

export function draftRoutes(api: Server, web: Web): void {
  manyDraftRoutes(api, web)
  oneDraftRoutes(api, web)
}

function manyDraftRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/drafts',
    {
      schema: {
        tags,
        summary: 'My drafts, newest first',
        querystring: Type.Object({
          target: Type.Optional(Type.String({ maxLength: 60, description: 'Only those of this target' })),
        }),
        response: { 200: wholeListOf(DraftShape) },
      },
    },
    async (request) => {
      const drafts = await listDrafts(db, await web.member(request), request.query.target ?? null)
      return { items: drafts.map(presentDraft), next: null }
    },
  )
  api.post(
    '/drafts',
    {
      config: { cleansText: true },
      schema: {
        tags,
        summary: 'Keep text as a draft',
        description: `Target: new, post:ID, reply:POST, reply:POST:COMMENT or comment:ID. Body at most ${postLimits.body * 2} characters.`,
        body: body({ target: Type.String({ maxLength: 60 }), ...text }),
        response: { 201: DraftShape },
      },
    },
    async (request, reply) => {
      const draft = await createDraft(db, await web.viewer(request), { ...request.body, now: web.now() })
      return reply.code(201).header('location', apiPaths.draft(draft.id)).send(presentDraft(draft))
    },
  )
}

function oneDraftRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/drafts/:id',
    { schema: { tags, summary: 'One of my drafts', params: IdParams, response: { 200: DraftShape } } },
    async (request) => presentDraft(await findDraft(db, await web.member(request), request.params.id)),
  )
  api.put(
    '/drafts/:id',
    {
      config: { cleansText: true },
      schema: {
        tags,
        summary: 'Save a draft; 409 when another window did meanwhile',
        params: IdParams,
        body: body({ version: SeenVersion, ...text }),
        response: { 200: DraftShape },
      },
    },
    async (request) => {
      const viewer = await web.viewer(request)
      return presentDraft(
        await saveDraft(db, viewer, { ...request.body, id: request.params.id, now: web.now() }),
      )
    },
  )
  api.delete(
    '/drafts/:id',
    { schema: { tags, summary: 'Throw a draft away', params: IdParams, response: { 204: Nothing } } },
    async (request, reply) => {
      await discardDraft(db, await web.member(request), { id: request.params.id, version: null })
      return reply.code(204).send(null)
    },
  )
}
