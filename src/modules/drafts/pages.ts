import { Type } from 'typebox'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { findBoard } from '#modules/boards/boards.ts'
import { findVisibleComment } from '#modules/comments/comments.ts'
import { findVisiblePost } from '#modules/posts/posts.ts'
import { paths } from '#paths.ts'
import { NotFound } from '#platform/errors.ts'
import { buttonOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { IdParams } from '#platform/http/shapes.ts'
import { plainText } from '#platform/markdown.ts'
import type { Web } from '#ui/web.ts'
import { discardDraft } from './discard.ts'
import { type Draft, findDraft, listDrafts } from './drafts.ts'
import { type DraftTarget, draftsPage } from './views.ts'

/** The list of my drafts, and the way from each to where it goes on. */
export function draftPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const query = Type.Object({ discarded: Type.Optional(Type.Literal('1')) })
  pages.get('/drafts', { schema: { querystring: query } }, async (request, reply) => {
    const page = await web.memberPage(request)
    const { viewer } = page
    const drafts = await Promise.all(
      (await listDrafts(db, viewer)).map(async (draft) => ({
        id: draft.id,
        title: draft.title,
        excerpt: plainText(draft.body, 100),
        target: await targetOf(viewer, draft),
        updatedAt: draft.updatedAt,
      })),
    )
    const body = draftsPage(page, { drafts, discarded: request.query.discarded === '1' })
    return web.show(reply, page, {
      title: page.words.drafts.title,
      body,
      modules: ['main'],
      current: 'me',
      robots: 'noindex',
    })
  })

  pages.get('/drafts/:id', { schema: { params: IdParams } }, async (request, reply) => {
    const draft = await findDraft(db, await web.member(request), request.params.id)
    return reply.redirect(placeOf(draft), 303)
  })

  pages.post('/drafts/:id/delete', buttonOf([], IdParams), async (request, reply) => {
    await discardDraft(db, await web.member(request), { id: request.params.id, version: null })
    return reply.redirect(`${paths.drafts()}?discarded=1`, 303)
  })

  /** The name of what a draft is for; null when it is gone or no longer theirs to see. */
  async function targetOf(viewer: Viewer, draft: Draft): Promise<DraftTarget> {
    const { kind, postId, commentId } = partsOf(draft.target)
    if (kind === 'new') {
      const board = draft.board ? await orNull(findBoard(db, viewer, draft.board)) : null
      return { kind: 'new', board: board?.name ?? null }
    }
    const id =
      postId ?? (commentId ? (await orNull(findVisibleComment(db, viewer, { id: commentId })))?.postId : null)
    const post = id ? await orNull(findVisiblePost(db, viewer, { id })) : null
    return { kind: kind === 'reply' ? 'reply' : 'edit', title: post?.title ?? null }
  }
}

async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found
  } catch (error) {
    if (error instanceof NotFound) return null
    throw error
  }
}

function partsOf(target: string) {
  const [kind = 'new', first, second] = target.split(':')
  const postId = kind === 'post' || kind === 'reply' ? Number(first) : null
  const commentId = kind === 'comment' ? Number(first) : second ? Number(second) : null
  return { kind, postId, commentId }
}

/** The page on which a draft goes on. */
function placeOf(draft: Draft): string {
  const { kind, postId, commentId } = partsOf(draft.target)
  const query = `?draft=${draft.id}`
  if (kind === 'post' && postId) return paths.postPart(postId, 'edit') + query
  if (kind === 'comment' && commentId) return paths.commentPart(commentId, 'edit') + query
  if (kind === 'reply' && commentId) return paths.commentPart(commentId, 'reply') + query
  if (kind === 'reply' && postId) return paths.postPart(postId, 'reply') + query
  return paths.write(undefined, draft.id)
}
