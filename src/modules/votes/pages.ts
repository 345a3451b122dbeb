import type { FastifyRequest } from 'fastify'
import { acceptAnswer, findVisibleComment } from '#modules/comments/comments.ts'
import { bookmarkPost, unbookmarkPost } from '#modules/posts/reading.ts'
import { paths, safeNext } from '#paths.ts'
import { invalid } from '#platform/errors.ts'
import { buttonOf, idText } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { IdParams } from '#platform/http/shapes.ts'
import { typedId, typedIn, type Web } from '#ui/web.ts'
import { castVote, withdrawVote } from './votes.ts'

/** The one-button forms of a post page, for readers without script. Each leads back to where it was pressed. */
export function votePages(pages: Server, web: Web): void {
  const { db } = web.deps

  for (const [prefix, target] of [
    ['p', 'post'],
    ['c', 'comment'],
  ] as const) {
    /** `value`: 1, -1, or 0 to take it back. */
    pages.post(
      `/${prefix}/:id/vote`,
      buttonOf(['next', { value: ['1', '0', '-1'] }], IdParams),
      async (request, reply) => {
        const viewer = await web.member(request)
        const { id } = request.params
        const value = Number(typedIn(request)['value'])
        if (value === 0) await withdrawVote(db, viewer, { target, id, now: web.now() })
        else await castVote(db, viewer, { target, id, value, now: web.now() })
        return reply.redirect(
          wayBack(request, prefix === 'p' ? paths.postPart(id, '') : paths.comment(id)),
          303,
        )
      },
    )
  }

  /** `on`: 1 keeps, 0 forgets. */
  pages.post('/p/:id/bookmark', buttonOf(['next', { on: ['0', '1'] }], IdParams), async (request, reply) => {
    const viewer = await web.member(request)
    const { id } = request.params
    if (typedIn(request)['on'] === '0') await unbookmarkPost(db, viewer, { id })
    else await bookmarkPost(db, viewer, { id, now: web.now() })
    return reply.redirect(wayBack(request, paths.postPart(id, '')), 303)
  })

  /** `comment`: the answer, or nothing to accept none. */
  pages.post('/p/:id/accepted', buttonOf(['next', { comment: idText }], IdParams), async (request, reply) => {
    const viewer = await web.member(request)
    const { id } = request.params
    const { comment = '' } = typedIn(request)
    const commentId = typedId(comment)
    if (comment !== '' && commentId === null) throw invalid('comment', 'no-such-answer')
    if (commentId !== null) await findVisibleComment(db, viewer, { id: commentId })
    await acceptAnswer(db, viewer, { postId: id, commentId, now: web.now() })
    return reply.redirect(wayBack(request, paths.postPart(id, '')), 303)
  })
}

function wayBack(request: FastifyRequest, otherwise: string): string {
  const { next } = typedIn(request)
  return next ? safeNext(next) : otherwise
}
