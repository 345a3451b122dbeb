import type { FastifyReply, FastifyRequest } from 'fastify'
import { requireWriter } from '#modules/accounts/accounts.ts'
import { isModerator, type Viewer } from '#modules/accounts/viewer.ts'
import { boardTree, findBoard } from '#modules/boards/boards.ts'
import { listTree } from '#modules/boards/choices.ts'
import { canChange, deleteComment, restoreComment } from '#modules/comments/comments.ts'
import { lockPost, movePost, pinPost, unlockPost, unpinPost } from '#modules/posts/acts.ts'
import { canDelete, canRestore, whyNot } from '#modules/posts/policy.ts'
import { deletePost, restorePost } from '#modules/posts/posts.ts'
import { paths } from '#paths.ts'
import { Forbidden, invalid, NotFound } from '#platform/errors.ts'
import { formOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { IdParams } from '#platform/http/shapes.ts'
import { emptyState } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { findThing, type Thing, type ThingName } from './things.ts'
import { actPage, type PostAct } from './views.ts'

const postActs: readonly PostAct[] = ['pin', 'unpin', 'lock', 'unlock', 'move', 'delete', 'restore']
const commentActs: readonly PostAct[] = ['delete', 'restore']

const fieldsOf: { [act in PostAct]?: string[] } = { move: ['board', 'reason'], restore: [] }

type Asked = { request: FastifyRequest; reply: FastifyReply; id: number }

/** A page that asks, and the POST that does it, for each act on a post or a comment. */
export function actPages(pages: Server, web: Web): void {
  const schema = { schema: { params: IdParams } }
  const add = (prefix: 'p' | 'c', act: PostAct) => {
    const kind = prefix === 'p' ? 'post' : 'comment'
    const address = `/${prefix}/:id/${act}`
    pages.get(address, schema, (request, reply) =>
      askFirst(web, { request, reply, id: request.params.id }, { kind, act }),
    )
    pages.post(address, formOf(fieldsOf[act] ?? ['reason'], IdParams), (request, reply) =>
      doIt(web, { request, reply, id: request.params.id }, { kind, act }),
    )
  }
  for (const act of postActs) add('p', act)
  for (const act of commentActs) add('c', act)
}

type Act = { kind: ThingName['kind']; act: PostAct }

async function askFirst(web: Web, { request, reply, id }: Asked, { kind, act }: Act): Promise<FastifyReply> {
  const page = await web.memberPage(request)
  const thing = await findToAct(web, page, { kind, id, act })
  if (isDone(thing, act)) return reply.redirect(addressOf(thing), 303)
  return web.show(reply, page, await options(web, page, { thing, act, state: emptyState }))
}

async function doIt(web: Web, { request, reply, id }: Asked, { kind, act }: Act): Promise<FastifyReply> {
  const page = await web.page(request)
  const { viewer } = page
  if (!viewer) return reply.redirect(paths.signIn(paths.part({ kind, id }, act)), 303)
  const thing = await findToAct(web, page, { kind, id, act })
  const again = (shown: Page, state: FormState) => options(web, shown, { thing, act, state })
  return web.submit({ request, reply, again }, async (typed) => {
    // A second press of the same button finds it done.
    if (isDone(thing, act)) return addressOf(thing)
    if (thing.kind === 'post') await actOnPost(web, viewer, { id, act, typed })
    else await actOnComment(web, viewer, { id, act, typed })
    return addressOf(thing, act)
  })
}

/** @throws NotFound, Forbidden as the act itself would, before anything is asked */
async function findToAct(
  web: Web,
  page: Page,
  { act, ...name }: ThingName & { act: PostAct },
): Promise<Thing> {
  const { viewer } = page
  requireWriter(viewer)
  const thing = await findThing(web.deps.db, viewer, {
    ...name,
    titleWhenGone: page.words.post.deletedTitle,
    deleted: act === 'delete' || act === 'restore',
  })
  if (!mayAct(viewer, thing, act)) throw new Forbidden(whyNot(thing.comment ?? thing.post))
  return thing
}

function mayAct(viewer: Viewer, thing: Thing, act: PostAct): boolean {
  if (thing.kind === 'comment') return canChange(viewer, thing.comment)
  if (isDone(thing, act)) return isModerator(viewer) || viewer.id === thing.post.authorId
  if (act === 'delete') return canDelete(viewer, thing.post)
  if (act === 'restore') return canRestore(viewer, thing.post)
  return isModerator(viewer)
}

function isDone({ comment, post }: Thing, act: PostAct): boolean {
  const isDeleted = (comment ?? post)?.deletedAt !== null
  return (act === 'delete' && isDeleted) || (act === 'restore' && !isDeleted)
}

/** A deleted comment may have no place any more: then its post. */
function addressOf(thing: Thing, act?: PostAct): string {
  if (thing.kind === 'post') return paths.post(thing.post)
  const gone = act === 'delete' || (act === undefined && thing.comment.deletedAt !== null)
  if (!gone) return paths.comment(thing.comment.id)
  return thing.post ? paths.post(thing.post) : paths.postPart(thing.comment.postId, '')
}

async function options(web: Web, page: Page, given: { thing: Thing; act: PostAct; state: FormState }) {
  const { thing, act, state } = given
  const author = (thing.comment ?? thing.post)?.authorId
  const boards = act === 'move' ? listTree(await boardTree(web.deps.db, page.viewer), { open: true }) : []
  const asksReason = act !== 'restore' && (act !== 'delete' || author !== page.viewer?.id)
  const body = actPage(page, { state, act, target: thing.target, boards, asksReason })
  return { title: titleOf(page, thing, act), body, modules: ['main'], robots: 'noindex' }
}

function titleOf({ words }: Page, { kind }: Thing, act: PostAct): string {
  if (act !== 'delete') return words.moderation[act]
  return kind === 'post' ? words.write.deleteTitle : words.write.deleteCommentTitle
}

type Done = { id: number; act: PostAct; typed: Record<string, string> }

async function actOnPost(web: Web, viewer: Viewer, { id, act, typed }: Done): Promise<void> {
  const { db } = web.deps
  const input = { id, reason: typed['reason'] ?? '', now: web.now() }
  switch (act) {
    case 'pin':
      return pinPost(db, viewer, input)
    case 'unpin':
      return unpinPost(db, viewer, input)
    case 'lock':
      return lockPost(db, viewer, input)
    case 'unlock':
      return unlockPost(db, viewer, input)
    case 'move':
      return movePost(db, viewer, { ...input, board: await chosenBoard(web, viewer, typed['board'] ?? '') })
    case 'delete':
      return deletePost(db, viewer, input)
    case 'restore':
      return restorePost(db, viewer, input)
  }
}

async function actOnComment(web: Web, viewer: Viewer, { id, act, typed }: Done): Promise<void> {
  const input = { id, reason: typed['reason'] ?? '', now: web.now() }
  if (act === 'restore') await restoreComment(web.deps.db, viewer, input)
  else await deleteComment(web.deps.db, viewer, input)
}

/** @throws Invalid, so that the form is shown again: the post is there, only the board is not */
async function chosenBoard(web: Web, viewer: Viewer, slug: string): Promise<string> {
  if (slug === '') throw invalid('board', 'required')
  try {
    return (await findBoard(web.deps.db, viewer, slug)).slug
  } catch (error) {
    throw error instanceof NotFound ? invalid('board', 'no-such-board') : error
  }
}
