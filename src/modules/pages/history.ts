import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { findVisibleComment } from '#modules/comments/comments.ts'
import { findCommentVersion, listCommentVersions } from '#modules/comments/versions.ts'
import { findVisiblePost } from '#modules/posts/posts.ts'
import { findVersion, listVersions } from '#modules/posts/versions.ts'
import type { Server } from '#platform/http/server.ts'
import { Id, IdParams } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { type HistoryData, historyPage, type VersionData, versionPage } from './views/history.ts'

const Version = Type.Integer({ minimum: 1, maximum: 2_000_000_000 })
const Compare = Type.Object({ from: Type.Optional(Version), to: Type.Optional(Version) })
const VersionParams = Type.Object({ id: Id, version: Version })

/** Which two versions to compare: what was asked, else the newest with the one before; older first. */
function chosen(query: { from?: number; to?: number }, newest: number): { from: number; to: number } | null {
  const to = query.to ?? newest
  const from = query.from ?? to - 1
  if (from === to || Math.min(from, to) < 1) return null
  return { from: Math.min(from, to), to: Math.max(from, to) }
}

/** History of posts and comments: all versions, the difference of two, one as it was, and the way to the CSV. */
export function historyPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const schema = { schema: { params: IdParams, querystring: Compare } }
  pages.get('/p/:id/history', schema, async (request, reply) => {
    const { viewer } = await web.page(request)
    const { id } = request.params
    const post = await findVisiblePost(db, viewer, { id, deleted: true })
    const versions = await listVersions(db, viewer, { postId: id })
    const pair = chosen(request.query, post.version)
    const find = (version: number) => findVersion(db, viewer, { postId: id, version })
    const compared = pair && { from: await find(pair.from), to: await find(pair.to) }
    return showHistory(
      web,
      { request, reply },
      { of: { kind: 'post', id, title: post.title }, versions, compared },
    )
  })
  pages.get('/c/:id/history', schema, async (request, reply) => {
    const { viewer } = await web.page(request)
    const { id } = request.params
    const versions = await listCommentVersions(db, viewer, { commentId: id })
    const of = await commentOf(web, request, id)
    const pair = chosen(request.query, versions[0]?.version ?? 1)
    const find = (version: number) => findCommentVersion(db, viewer, { commentId: id, version })
    const compared = pair && { from: await find(pair.from), to: await find(pair.to) }
    return showHistory(web, { request, reply }, { of, versions, compared })
  })

  pages.get('/p/:id/history/:version', { schema: { params: VersionParams } }, async (request, reply) => {
    const { viewer } = await web.page(request)
    const { id, version: number } = request.params
    const version = await findVersion(db, viewer, { postId: id, version: number })
    const post = await findVisiblePost(db, viewer, { id, deleted: true })
    return showVersion(web, { request, reply }, { of: { kind: 'post', id, title: post.title }, version })
  })
  pages.get('/c/:id/history/:version', { schema: { params: VersionParams } }, async (request, reply) => {
    const { viewer } = await web.page(request)
    const { id, version: number } = request.params
    const version = await findCommentVersion(db, viewer, { commentId: id, version: number })
    return showVersion(web, { request, reply }, { of: await commentOf(web, request, id), version })
  })

  for (const [prefix, name] of [
    ['p', 'posts'],
    ['c', 'comments'],
  ] as const) {
    pages.get(`/${prefix}/:id/history.csv`, { schema: { params: IdParams } }, async (request, reply) =>
      reply.redirect(`/api/v1/${name}/${request.params.id}/versions.csv`, 302),
    )
  }
}

async function commentOf(web: Web, request: FastifyRequest, id: number) {
  const { db } = web.deps
  const { viewer } = await web.page(request)
  const comment = await findVisibleComment(db, viewer, { id, deleted: true })
  const post = await findVisiblePost(db, viewer, { id: comment.postId, deleted: true })
  return { kind: 'comment' as const, id, title: post.title }
}

type Exchange = { request: FastifyRequest; reply: FastifyReply }

async function showHistory(web: Web, { request, reply }: Exchange, data: HistoryData) {
  const page = await web.page(request)
  const title = page.words.history.of({ title: data.of.title })
  const modules = page.viewer ? ['main'] : []
  return web.show(reply, page, {
    title,
    body: historyPage(page, data),
    width: 'list',
    modules,
    robots: 'noindex',
  })
}

async function showVersion(web: Web, { request, reply }: Exchange, data: VersionData) {
  const page = await web.page(request)
  const title = `${data.of.title} · ${page.words.history.version(data.version)}`
  return web.show(reply, page, { title, body: versionPage(page, data), robots: 'noindex' })
}
