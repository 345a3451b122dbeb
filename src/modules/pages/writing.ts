import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { refusalOf } from '#modules/accounts/accounts.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { boardTree } from '#modules/boards/boards.ts'
import { canWrite } from '#modules/boards/policy.ts'
import type { BoardBranch, PostKind } from '#modules/boards/shapes.ts'
import type { KnownDraft } from '#modules/drafts/discard.ts'
import { type Draft, findBegun, findDraft, keepDraft } from '#modules/drafts/drafts.ts'
import { publishOnce } from '#modules/posts/once.ts'
import { canEdit, whyNot } from '#modules/posts/policy.ts'
import { editPost, findVisiblePost, renderBody } from '#modules/posts/posts.ts'
import { checkBody, checkTags, checkTitle } from '#modules/posts/rules.ts'
import { findVersion, listVersions } from '#modules/posts/versions.ts'
import {
  type BoardChoice,
  type ConflictData,
  conflictPage,
  type EditData,
  editPage,
  type WriteData,
  writePage,
} from '#modules/posts/write-views.ts'
import { findSimilar } from '#modules/search/similar.ts'
import { similarPosts } from '#modules/search/views.ts'
import { paths } from '#paths.ts'
import type { Db } from '#platform/database.ts'
import { Forbidden, Invalid, invalid, NotFound, type Refusal } from '#platform/errors.ts'
import { formOf, idText, versionText } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { Id, IdParams } from '#platform/http/shapes.ts'
import { diffTexts, diffView } from '#ui/diff.ts'
import type { DocumentOptions } from '#ui/document.ts'
import type { FormState, Page } from '#ui/page.ts'
import { typedId, type Web } from '#ui/web.ts'

type Typed = Record<string, string>

const draftFields = { draft: idText, draftVersion: versionText }
const wishes = ['publish', 'preview', 'draft']
const newPostFields = [
  ...['title', 'body', 'tags', 'board'],
  { ...draftFields, kind: ['discussion', 'question'], do: wishes },
]
const postEditFields = [
  ...['title', 'body', 'tags', 'note'],
  { ...draftFields, version: versionText, do: wishes },
]
/** What every form of a comment has. */
export const commentFields = { ...draftFields, do: ['publish', 'draft'] }

export const splitTags = (text: string) => text.split(/[,\n]/).slice(0, 20)

function choices(branches: readonly BoardBranch[], viewer: Viewer | null, depth = 0): BoardChoice[] {
  return branches.flatMap((board) => {
    const { id, slug, name, kind } = board
    const own = canWrite(viewer, board) ? [{ id, slug, name, kind, depth }] : []
    return [...own, ...choices(board.children, viewer, depth + 1)]
  })
}

function valuesOfDraft(draft: Draft): Typed {
  return {
    title: draft.title,
    body: draft.body,
    tags: draft.tags.join(', '),
    draft: String(draft.id),
    draftVersion: String(draft.version),
    ...(draft.kind ? { kind: draft.kind } : {}),
    ...(draft.board ? { board: draft.board } : {}),
  }
}

/** What a form of a comment holds of its draft. */
export function valuesOfComment(draft: Pick<Draft, 'id' | 'version' | 'body'> | null | undefined): Typed {
  return draft ? { body: draft.body, draft: String(draft.id), draftVersion: String(draft.version) } : {}
}

/** The version that a draft of an edit knew: what was saved after it is a conflict, nothing to write over. */
export function versionAt(versions: readonly { version: number; at: Date }[], draft: Draft): number {
  if (draft.base !== null) return draft.base
  return versions.find((version) => version.at <= draft.updatedAt)?.version ?? 1
}

const kindOf = (text: string | undefined): PostKind | undefined =>
  text === 'question' || text === 'discussion' ? text : undefined

/** Why somebody may not write, who tried to: what holds them says more than the post does. */
export function mayNot(viewer: Viewer | null, post: { locked: boolean; archived: boolean }): Forbidden {
  if (viewer?.blocked) return refusalOf(viewer.blocked)
  return new Forbidden(whyNot(post))
}

/** A version that can be one; forms hold what was typed into them. */
export function typedVersion(text: string | undefined): number | null {
  const version = typedId(text)
  return version !== null && version >= 1 && version <= 1_000_000 ? version : null
}

/** The draft that a form was filled from, or that its script keeps, perhaps without having heard of it. */
export function typedDraft(typed: Typed, target: string): KnownDraft {
  const id = typedId(typed['draft'])
  const { title = '', body = '' } = typed
  return id === null
    ? { id, target, title, body }
    : { id, version: typedVersion(typed['draftVersion']), body }
}

/** What a form holds, as a draft keeps it. */
export function draftOf(typed: Typed) {
  return {
    title: typed['title'] ?? '',
    body: typed['body'] ?? '',
    tags: splitTags(typed['tags'] ?? '').map((tag) => tag.trim()),
    kind: kindOf(typed['kind']) ?? null,
    board: typed['board'] ?? null,
    base: typedVersion(typed['version']),
    known: { id: typedId(typed['draft']), version: typedVersion(typed['draftVersion']) },
  }
}

/**
 * The form's board is a field like the others, not an address that leads nowhere: the text must not be lost over it.
 * @throws Invalid with what else is wrong
 */
async function requireBoard(web: Web, viewer: Viewer, typed: Typed): Promise<void> {
  const slug = typed['board'] ?? ''
  const branches = await boardTree(web.deps.db, viewer)
  const isKnown = (list: readonly BoardBranch[]): boolean =>
    list.some((board) => board.slug === slug || isKnown(board.children))
  if (isKnown(branches)) return
  const board = { field: 'board', code: slug === '' ? 'required' : 'no-such-board' }
  const { errors: title } = checkTitle(typed['title'] ?? '')
  const { errors: body } = checkBody(typed['body'] ?? '')
  const { errors: tags } = checkTags(splitTags(typed['tags'] ?? ''))
  throw new Invalid('invalid', { fields: [board, ...title, ...body, ...tags] })
}

/** @throws Invalid with every field that is wrong; what `publishOnce` throws */
async function publish(web: Web, viewer: Viewer, typed: Typed) {
  await requireBoard(web, viewer, typed)
  const kind = kindOf(typed['kind'])
  return publishOnce(web.deps.db, viewer, {
    board: typed['board'] ?? '',
    title: typed['title'] ?? '',
    body: typed['body'] ?? '',
    tags: splitTags(typed['tags'] ?? ''),
    ...(kind ? { kind } : {}),
    draft: typedDraft(typed, 'new'),
    now: web.now(),
  }).catch((error: unknown) => {
    throw error instanceof NotFound ? invalid('board', 'no-such-board') : error
  })
}

export function writingPages(pages: Server, web: Web): void {
  writePages(pages, web)
  editPages(pages, web)
}

function writePages(pages: Server, web: Web): void {
  const { db } = web.deps
  type Shown = Partial<Pick<WriteData, 'preview' | 'draftSavedAt' | 'begun'>> & { state: FormState }
  const options = async (page: Page, { state, preview = null, draftSavedAt = null, begun = null }: Shown) => {
    const boards = choices(await boardTree(db, page.viewer), page.viewer)
    // With script they come while the title is typed; without, together with the preview.
    const title = preview === null ? '' : (state.values['title'] ?? '')
    const found = title === '' ? [] : await findSimilar(db, page.viewer, { title, timeZone: page.timeZone })
    return {
      title: page.words.write.title,
      body: writePage(page, {
        state,
        boards,
        preview,
        draftSavedAt,
        begun,
        similar: similarPosts(page, found),
      }),
      modules: ['main', 'tags'],
      current: 'write' as const,
      // An empty form, to begin without network; what is in a draft is newest on the server.
      offline: preview === null && draftSavedAt === null && !state.values['body'],
      width: 'wide' as const,
      robots: 'noindex',
    }
  }
  const query = Type.Object({
    board: Type.Optional(Type.String({ maxLength: 200 })),
    draft: Type.Optional(Id),
  })
  pages.get('/write', { schema: { querystring: query } }, async (request, reply) => {
    const page = await web.memberPage(request)
    const draft = request.query.draft ? await findDraft(db, page.viewer, request.query.draft) : null
    const begun = draft ? null : await findBegun(db, page.viewer, 'new')
    const values: Typed = draft ? valuesOfDraft(draft) : {}
    const chosen = values['board'] ?? request.query.board
    const state = { values: { ...values, ...(chosen ? { board: chosen } : {}) }, errors: {} }
    const draftSavedAt = draft?.updatedAt ?? null
    return web.show(reply, page, await options(page, { state, draftSavedAt, begun }))
  })
  pages.post('/write', formOf(newPostFields), async (request, reply) => {
    const viewer = await web.member(request)
    const again = (page: Page, state: FormState) => options(page, { state })
    return web.submit({ request, reply, again }, async (typed) => {
      if (typed['do'] === 'preview') {
        const shown = await previewOf(db, { reply, typed })
        return (page) => options(page, shown)
      }
      if (typed['do'] === 'draft') {
        const draft = await keepDraft(db, viewer, { ...draftOf(typed), target: 'new', now: web.now() })
        return paths.write(undefined, draft.id)
      }
      const { isAgain, ...post } = await publish(web, viewer, typed)
      return paths.post(post, { again: isAgain ? 'post' : null })
    })
  })
}

function editPages(pages: Server, web: Web): void {
  const { db } = web.deps
  type Target = { id: number; title: string; board: { id: number; slug: string; name: string } }
  const options = (page: Page, post: Target, shown: Partial<EditData> & { state: FormState }) => ({
    title: page.words.write.editTitle,
    body: editPage(page, { preview: null, draftSavedAt: null, ...shown, post }),
    modules: ['main', 'tags'],
    width: 'wide' as const,
    robots: 'noindex',
  })
  const find = async (viewer: Viewer | null, id: number) => {
    const post = await findVisiblePost(db, viewer, { id })
    if (!canEdit(viewer, post)) throw mayNot(viewer, post)
    return { ...post, board: { id: post.boardId, slug: post.slug, name: post.slug } }
  }
  const query = Type.Object({ draft: Type.Optional(Id) })

  pages.get('/p/:id/edit', { schema: { params: IdParams, querystring: query } }, async (request, reply) => {
    const page = await web.memberPage(request)
    const post = await find(page.viewer, request.params.id)
    const version = await findVersion(db, page.viewer, { postId: post.id, version: post.version })
    const draft = request.query.draft ? await findDraft(db, page.viewer, request.query.draft) : null
    const begun = draft ? null : await findBegun(db, page.viewer, `post:${post.id}`)
    const current = { title: version.title, body: version.body, tags: version.tags.join(', ') }
    const base = draft
      ? versionAt(await listVersions(db, page.viewer, { postId: post.id }), draft)
      : post.version
    const values = { ...current, version: String(base), ...(draft ? valuesOfDraft(draft) : {}) }
    return web.show(
      reply,
      page,
      options(page, post, { state: { values, errors: {} }, draftSavedAt: draft?.updatedAt ?? null, begun }),
    )
  })

  pages.post('/p/:id/edit', formOf(postEditFields, IdParams), async (request, reply) => {
    const viewer = await web.member(request)
    const post = await find(viewer, request.params.id)
    const again = (page: Page, state: FormState, refusal: Refusal) =>
      refusal.code === 'edit-conflict'
        ? conflict(db, page, { id: post.id, state })
        : options(page, post, { state })
    return web.submit({ request, reply, again }, async (typed) => {
      if (typed['do'] !== 'preview') return saveEdit(web, viewer, { id: post.id, typed })
      const shown = await previewOf(db, { reply, typed })
      return async (page) => options(page, post, shown)
    })
  })
}

/** A step on the way: the browser goes back to it as to any other page. */
async function previewOf(db: Db, { reply, typed }: { reply: FastifyReply; typed: Typed }) {
  reply.header('cache-control', 'private, no-cache')
  const preview = await renderBody(db, (typed['body'] ?? '').slice(0, 100_000))
  return { state: { values: typed, errors: {} }, preview }
}

async function saveEdit(
  web: Web,
  viewer: Viewer,
  { id, typed }: { id: number; typed: Typed },
): Promise<string> {
  const { db } = web.deps
  if (typed['do'] === 'draft') {
    const draft = await keepDraft(db, viewer, { ...draftOf(typed), target: `post:${id}`, now: web.now() })
    return `${paths.postPart(id, 'edit')}?draft=${draft.id}`
  }
  const edited = await editPost(db, viewer, {
    id,
    title: typed['title'],
    body: typed['body'],
    tags: typed['tags'] === undefined ? undefined : splitTags(typed['tags']),
    note: typed['note'],
    baseVersion: typedVersion(typed['version']),
    draft: typedDraft(typed, `post:${id}`),
    now: web.now(),
  })
  return paths.post(edited)
}

async function conflict(db: Db, page: Page, { id, state }: { id: number; state: FormState }) {
  const post = await findVisiblePost(db, page.viewer, { id })
  const theirs = await findVersion(db, page.viewer, { postId: id, version: post.version })
  return conflictOptions(page, {
    state,
    action: paths.postPart(id, 'edit'),
    cancel: paths.post(post),
    theirs,
  })
}

/** What somebody else saved meanwhile, beside what was typed. */
export function conflictOptions(page: Page, data: Omit<ConflictData, 'diff'>): DocumentOptions {
  const diff = diffView(page, diffTexts(data.theirs.body, data.state.values['body'] ?? '').blocks)
  return {
    title: page.words.write.conflictTitle,
    body: conflictPage(page, { ...data, diff }),
    modules: ['main'],
    width: 'wide',
    robots: 'noindex',
  }
}
