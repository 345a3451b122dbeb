import type { FastifyReply, FastifyRequest } from 'fastify'
import { paths } from '#paths.ts'
import type { Web } from '#ui/web.ts'
import { hasRecentProof } from './proof.ts'
import type { Viewer } from './viewer.ts'

/**
 * The member who showed in the last ten minutes who they are; else null, and the answer leads to where one does, and
 * from there to the page that was asked for or, after a form, to `back`.
 */
export async function provenMember(
  web: Web,
  {
    request,
    reply,
    back = paths.security(),
  }: { request: FastifyRequest; reply: FastifyReply; back?: string },
): Promise<Viewer | null> {
  const here = request.method === 'GET' ? request.url : back
  const viewer = await web.viewer(request)
  if (!viewer) reply.redirect(paths.signIn(here), 303)
  else if (await hasRecentProof(web.deps.db, viewer, web.now())) return viewer
  else reply.redirect(paths.prove(here), 303)
  return null
}
