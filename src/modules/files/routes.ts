import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { paths } from '#paths.ts'
import type { Server } from '#platform/http/server.ts'
import { Id, Nothing } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { removeAvatar, setAvatar } from './avatars.ts'
import { type StoredImage, storeImage } from './files.ts'
import { markdownOf } from './names.ts'
import { takeUpload } from './requests.ts'

const tags = ['files']
const Image = Type.Object({
  id: Id,
  name: Type.String(),
  url: Type.String(),
  width: Type.Integer(),
  height: Type.Integer(),
  bytes: Type.Integer({ description: 'Of all sizes together, as stored' }),
  markdown: Type.String({ description: 'What shows it in a post or comment' }),
})

function present(image: StoredImage) {
  const { id, name, width, height, bytes } = image
  return { id, name, url: paths.file(name), width, height, bytes, markdown: markdownOf(image) }
}

/** The picture's bytes; what they are is looked at when they are read. */
const Bytes = Type.Unsafe<unknown>({ description: 'The picture itself' })
const consumes = ['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'application/octet-stream']

/** Uploads: the body is the picture itself, whatever its Content-Type says; what it is, its bytes say. */
export function fileRoutes(api: Server, web: Web): void {
  api.register(async (instance: FastifyInstance) => {
    const scope = instance as Server
    // Nothing is read before the handler asked who sends it.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    uploadRoute(scope, web)
    avatarRoute(scope, web)
  })
  api.delete(
    '/me/avatar',
    { schema: { tags, summary: 'Back to the generated picture', response: { 204: Nothing } } },
    async (request, reply) => {
      await removeAvatar(web.deps.db, await web.member(request), { now: web.now() })
      return reply.code(204).send(null)
    },
  )
}

function uploadRoute(scope: Server, web: Web): void {
  const { db, files: tools } = web.deps
  const schema = {
    tags,
    summary: 'Upload a picture (JPEG, PNG, GIF, WebP) as the body itself',
    description: 'Stored as WebP in up to three sizes, without metadata; yours alone until a post shows it.',
    consumes,
    body: Bytes,
    querystring: Type.Object({
      name: Type.Optional(Type.String({ maxLength: 300, description: 'What the file is called' })),
    }),
    response: { 201: Image },
  }
  scope.post('/files', { schema }, async (request, reply) => {
    const viewer = await web.member(request)
    const image = await takeUpload({ request, reply, limit: tools.maxBytes }, (sent) => {
      const upload = {
        tools,
        ...sent,
        title: request.query.name ?? '',
        shape: 'whole',
        now: web.now(),
      } as const
      return storeImage(db, viewer, upload)
    })
    const made = present(image)
    return reply.code(201).header('location', made.url).send(made)
  })
}

function avatarRoute(scope: Server, web: Web): void {
  const { db, files: tools } = web.deps
  const response = { 200: Type.Object({ url: Type.String() }) }
  const schema = { tags, summary: 'Your picture; cut to a square', consumes, body: Bytes, response }
  scope.put('/me/avatar', { schema }, async (request, reply) => {
    const viewer = await web.member(request)
    const image = await takeUpload({ request, reply, limit: tools.maxBytes }, (sent) =>
      setAvatar(db, viewer, { tools, ...sent, now: web.now() }),
    )
    return { url: paths.file(image.name) }
  })
}
