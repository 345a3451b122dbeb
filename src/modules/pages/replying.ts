import { Type } from 'typebox'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { canChange, editComment, findVisibleComment } from '#modules/comments/comments.ts'
import { findCommentVersion, listCommentVersions } from '#modules/comments/versions.ts'
import { commentEditPage, replyPage } from '#modules/comments/write-views.ts'
import { writeCommentOnce } from '#modules/comments/writing.ts'
import { findDraft, keepDraft } from '#modules/drafts/drafts.ts'
import { canComment } from '#modules/posts/policy.ts'
import { findVisiblePost } from '#modules/posts/posts.ts'
import { paths } from '#paths.ts'
import type { Db } from '#platform/database.ts'
import type { Refusal } from '#platform/errors.ts'
import { formOf, idText, versionText } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { Id, IdParams } from '#platform/http/shapes.ts'
import type { FormState, Page } from '#ui/page.ts'
import { typedId, typedIn, type Web } from '#ui/web.ts'
import {
  commentFields,
  conflictOptions,
  draftOf,
  mayNot,
  typedDraft,
  typedVersion,
  valuesOfComment,
  versionAt,
} from './writing.ts'

const DraftQuery = Type.Object({ draft: Type.Optional(Id) })

export function replyingPages(pages: Server, web: Web): void {
  replyPages(pages, web)
  editPages(pages, web)
}

type Target = { postId: number; parentId: number | null; remark: boolean }

async function replyOptions(db: Db, page: Page, { target, state }: { target: Target; state: FormState }) {
  const post = await findVisiblePost(db, page.viewer, { id: target.postId })
  if (!canComment(page.viewer, post)) throw mayNot(page.viewer, post)
  const answered = target.parentId === null ? null : await findAnswered(db, page.viewer, target.parentId)
  const data = {
    state,
    post: { id: post.id, title: post.title },
    postId: post.id,
    parent: answered && { id: answered.id, authorName: answered.authorName },
    isAnswer: post.kind === 'question' && target.parentId === null && !target.remark,
    quoted: answered?.html ?? null,
  }
  return {
    title: page.words.write.replyTitle,
    body: replyPage(page, data),
    modules: ['main'],
    robots: 'noindex',
  }
}

async function findAnswered(db: Db, viewer: Viewer | null, id: number) {
  const comment = await findVisibleComment(db, viewer, { id })
  const version = await findCommentVersion(db, viewer, { commentId: id, version: comment.version })
  return { id, html: version.html, authorName: version.by?.name ?? null }
}

async function begin(db: Db, page: Page, { draftId, ...target }: Target & { draftId: number | undefined }) {
  const draft = draftId && page.viewer ? await findDraft(db, page.viewer, draftId) : null
  return replyOptions(db, page, { target, state: { values: valuesOfComment(draft), errors: {} } })
}

function replyPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const schema = { schema: { params: IdParams, querystring: DraftQuery } }
  pages.get('/p/:id/reply', schema, async (request, reply) => {
    const page = await web.memberPage(request)
    const { id } = request.params
    return web.show(
      reply,
      page,
      await begin(db, page, { postId: id, parentId: null, remark: false, draftId: request.query.draft }),
    )
  })
  pages.get('/c/:id/reply', schema, async (request, reply) => {
    const page = await web.memberPage(request)
    const { id } = request.params
    const { postId } = await findVisibleComment(db, page.viewer, { id })
    return web.show(
      reply,
      page,
      await begin(db, page, { postId, parentId: id, remark: false, draftId: request.query.draft }),
    )
  })

  pages.post(
    '/p/:id/comments',
    formOf(['body', { ...commentFields, parent: idText, remark: ['', '1'] }], IdParams),
    async (request, reply) => {
      const viewer = await web.member(request)
      const typed = typedIn(request)
      const target = {
        postId: request.params.id,
        parentId: typedId(typed['parent']),
        remark: typed['remark'] === '1',
      }
      return web.submit(
        { request, reply, again: (page, state) => replyOptions(db, page, { target, state }) },
        async () => {
          const name = target.parentId
            ? `reply:${target.postId}:${target.parentId}`
            : `reply:${target.postId}`
          if (typed['do'] === 'draft') {
            const draft = await keepDraft(db, viewer, { ...draftOf(typed), target: name, now: web.now() })
            return paths.draft(draft.id)
          }
          const body = typed['body'] ?? ''
          const { id, isAgain } = await writeCommentOnce(db, viewer, {
            ...target,
            body,
            draft: typedDraft(typed, name),
            now: web.now(),
          })
          return paths.comment(id, { again: isAgain })
        },
      )
    },
  )
}

function editPages(pages: Server, web: Web): void {
  const { db } = web.deps
  async function find(viewer: Viewer | null, id: number) {
    const comment = await findVisibleComment(db, viewer, { id })
    if (!viewer || !canChange(viewer, comment)) throw mayNot(viewer, comment)
    const post = await findVisiblePost(db, viewer, { id: comment.postId, deleted: true })
    return { comment, post: { id: post.id, title: post.title } }
  }
  type Found = Awaited<ReturnType<typeof find>>
  const options = (page: Page, { comment, post }: Found, state: FormState) => ({
    title: page.words.write.editCommentTitle,
    body: commentEditPage(page, { state, comment, post }),
    modules: ['main'],
    robots: 'noindex',
  })

  pages.get(
    '/c/:id/edit',
    { schema: { params: IdParams, querystring: DraftQuery } },
    async (request, reply) => {
      const page = await web.memberPage(request)
      const { id } = request.params
      const found = await find(page.viewer, id)
      const current = await findCommentVersion(db, page.viewer, {
        commentId: id,
        version: found.comment.version,
      })
      const draft = request.query.draft ? await findDraft(db, page.viewer, request.query.draft) : null
      const base = draft
        ? versionAt(await listCommentVersions(db, page.viewer, { commentId: id }), draft)
        : found.comment.version
      const values: Record<string, string> = {
        body: current.body,
        version: String(base),
        ...valuesOfComment(draft),
      }
      return web.show(reply, page, options(page, found, { values, errors: {} }))
    },
  )

  pages.post(
    '/c/:id/edit',
    formOf(['body', { ...commentFields, version: versionText }], IdParams),
    async (request, reply) => {
      const viewer = await web.member(request)
      const found = await find(viewer, request.params.id)
      const typed = typedIn(request)
      const { id } = found.comment
      const again = (page: Page, state: FormState, refusal: Refusal) =>
        refusal.code === 'edit-conflict' ? conflict(db, page, { id, state }) : options(page, found, state)
      return web.submit({ request, reply, again }, async () => {
        const body = typed['body'] ?? ''
        const draft = typedDraft(typed, `comment:${id}`)
        const baseVersion = typedVersion(typed['version'])
        await editComment(db, viewer, { id, body, baseVersion, draft, now: web.now() })
        return paths.comment(id)
      })
    },
  )
}

async function conflict(db: Db, page: Page, { id, state }: { id: number; state: FormState }) {
  const comment = await findVisibleComment(db, page.viewer, { id })
  const theirs = await findCommentVersion(db, page.viewer, { commentId: id, version: comment.version })
  const action = paths.commentPart(id, 'edit')
  return conflictOptions(page, { state, action, cancel: paths.comment(id), theirs })
}
