import { Type } from 'typebox'
import { NotFound } from '#platform/errors.ts'
import { namesTag } from '#platform/http/conditions.ts'
import type { Server } from '#platform/http/server.ts'
import type { Web } from '#ui/web.ts'
import { findFile, type ReadableFile } from './files.ts'
import { keyOf, readAddress, sizeFor } from './names.ts'

/** What everybody may see is kept by browsers: what a member shows for an hour, the logo, which has a new name when it changes, for ever. */
const lasting: Partial<Record<ReadableFile['kind'], string>> = {
  avatar: 'public, max-age=3600',
  logo: 'public, max-age=31536000, immutable',
}

/**
 * GET /files/NAME.webp and NAME-SIZE.webp, through the same gate as what shows them. Everything but avatars and logos is asked
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
      'cache-control': lasting[file.kind] ?? `${shared}, no-cache`,
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
