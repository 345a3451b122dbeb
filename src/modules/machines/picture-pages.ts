import { Type } from 'typebox'
import { readableBoards } from '#modules/boards/boards.ts'
import { paths } from '#paths.ts'
import { ConfinedFailure } from '#platform/confined.ts'
import { NotFound } from '#platform/errors.ts'
import type { Server } from '#platform/http/server.ts'
import type { Web } from '#ui/web.ts'
import {
  type Drawn,
  drawnBoard,
  drawnPost,
  drawnSite,
  pictureName,
  readPictureName,
} from './picture-names.ts'
import { openPost } from './queries.ts'

/**
 * GET /pictures/NAME.png: what stands beside a link to a page elsewhere. Drawn when first asked for, after looking
 * whether everybody may still read the page.
 */
export function picturePages(pages: Server, web: Web): void {
  const { files, assets } = web.deps
  const params = Type.Object({ name: Type.String({ maxLength: 60 }) })
  pages.get('/pictures/:name', { schema: { params } }, async (request, reply) => {
    const asked = request.params.name.replace(/\.png$/, '')
    const drawn = await findDrawn(web, asked)
    const name = pictureName(drawn)
    // Shown on other sites, which is what it is for.
    reply.header('cross-origin-resource-policy', 'cross-origin')
    if (name !== asked)
      return reply.header('cache-control', 'public, max-age=300').redirect(paths.picture(name), 302)
    try {
      const { board, title, line, site } = drawn
      const picture = await files.cards.card(name, { above: board, title, below: line, site })
      return reply.type('image/png').header('cache-control', 'public, max-age=3600').send(picture)
    } catch (error) {
      if (!(error instanceof ConfinedFailure)) throw error
      request.log.warn({ err: error }, 'a picture of a link was not drawn')
      return reply.header('cache-control', 'no-store').redirect(assets.icon('app-512.png'), 302)
    }
  })
}

/** What a name stands for, as it is now. @throws NotFound for what guests may not read */
async function findDrawn(web: Web, name: string): Promise<Drawn> {
  const { db, site } = web.deps
  const asked = readPictureName(name)
  if (!asked) throw new NotFound()
  const { name: siteName } = await site.current(web.now())
  if (asked.kind === 'site') return drawnSite(siteName)
  if (asked.kind === 'board') {
    const board = (await readableBoards(db, null)).find((one) => one.id === asked.id)
    if (!board) throw new NotFound()
    return drawnBoard(siteName, board)
  }
  const post = await openPost(db, asked.id)
  if (!post) throw new NotFound()
  return drawnPost(siteName, post)
}
