import { Type } from 'typebox'
import { NotFound } from '#platform/errors.ts'
import { namesTag } from '#platform/http/conditions.ts'
import type { Server } from '#platform/http/server.ts'
import type { Web } from '#ui/web.ts'
import { findFile } from './files.ts'
import { keyOf, readAddress, sizeFor } from './names.ts'

/**
 * GET /files/NAME.webp and NAME-SIZE.webp, through the same gate as what shows them. Everything but avatars is asked
 * for anew each time (and then mostly answered with 304), so that a file is gone the moment its board becomes private.
 */
export function fileServing(pages: Server, web: Web): void {
  const { db, files: tools } = web.deps
  const params = Type.Object({ name: Type.String({ maxLength: 300 }) })
  pages.get('/files/:name', { schema: { params } }, async (request, reply) => {
    const { name, size: wanted } = readAddress(request.params.name)
    const file = await findFile(db, await web.viewer(request), name)
    const size = sizeFor(file.sizes, wanted)
    const tag = `"${name}-${size}"`
    const shared = file.public ? 'public' : 'private'
    reply.headers({
      etag: tag,
      'cache-control': file.kind === 'avatar' ? 'public, max-age=3600' : `${shared}, no-cache`,
      // Opened by itself, it is a picture and nothing else.
      'content-security-policy': "default-src 'none'; sandbox",
      'content-disposition': 'inline',
    })
    if (namesTag(request.headers['if-none-match'] ?? '', tag)) return reply.code(304).send()
    const stored = await tools.storage.get(keyOf(name, size))
    if (!stored) throw new NotFound()
    return reply.type('image/webp').header('content-length', stored.bytes).send(stored.stream)
  })
}
