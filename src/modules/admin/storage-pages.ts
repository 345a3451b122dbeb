import { storageFigures } from '#modules/files/upkeep.ts'
import { deskPage } from '#modules/moderation/guards.ts'
import type { Server } from '#platform/http/server.ts'
import type { Web } from '#ui/web.ts'
import { storagePage } from './storage-views.ts'

/** GET /admin/storage: how much is stored, and by whom. */
export function storagePages(pages: Server, web: Web): void {
  const { db, files } = web.deps
  pages.get('/admin/storage', async (request, reply) => {
    const page = await web.page(request)
    const figures = await storageFigures(db, page.viewer)
    const body = storagePage(page, { figures, memberBytes: files.memberBytes })
    return web.show(reply, page, deskPage(page.words.admin.storage, body))
  })
}
