import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { takeUpload } from '#modules/files/requests.ts'
import { textNamed } from '#modules/site/texts.ts'
import { paths } from '#paths.ts'
import type { Server } from '#platform/http/server.ts'
import { body, Nothing } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { changeLogo, removeLogo } from './logo.ts'
import { changeText } from './texts.ts'

const tags = ['administration']

/** The site's logo and texts, changed by programs. */
export function aboutRoutes(api: Server, web: Web): void {
  logoRoutes(api, web)
  const schema = {
    tags,
    summary: 'Publish or change one of the site’s texts; an empty one is taken down (administrator)',
    params: Type.Object({ name: Type.String({ maxLength: 20 }) }),
    body: body({ body: Type.String({ description: 'Markdown' }) }),
    response: { 204: Nothing },
  }
  api.put('/admin/texts/:name', { schema }, async (request, reply) => {
    const name = textNamed(request.params.name)
    const input = { name, typed: request.body.body, now: web.now() }
    await changeText(web.deps.db, await web.member(request), input)
    return reply.code(204).send(null)
  })
}

function logoRoutes(api: Server, web: Web): void {
  const { files: tools } = web.deps
  api.register(async (instance: FastifyInstance) => {
    const scope = instance as Server
    // As with other pictures: nothing is read before the handler asked who sends it.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    const schema = {
      tags,
      summary: 'The site’s logo: the picture as the body itself (administrator)',
      consumes: ['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'application/octet-stream'],
      body: Type.Unsafe<unknown>({ description: 'The picture itself' }),
      response: { 200: Type.Object({ url: Type.String() }) },
    }
    scope.put('/admin/logo', { schema }, async (request, reply) => {
      const viewer = await web.member(request)
      const name = await takeUpload({ request, reply, limit: tools.maxBytes }, (sent) =>
        changeLogo(web.deps, viewer, { ...sent, now: web.now() }),
      )
      return { url: paths.file(name) }
    })
  })
  const schema = { tags, summary: 'Back to Madang’s own mark (administrator)', response: { 204: Nothing } }
  api.delete('/admin/logo', { schema }, async (request, reply) => {
    await removeLogo(web.deps, await web.member(request), web.now())
    return reply.code(204).send(null)
  })
}
