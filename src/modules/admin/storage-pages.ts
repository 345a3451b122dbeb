import { listCopies } from '#modules/backups/copies.ts'
import { canOpen } from '#modules/backups/key.ts'
import { listBackups, type Nightly } from '#modules/backups/nightly.ts'
import { storageFigures } from '#modules/files/upkeep.ts'
import { deskPage } from '#modules/moderation/guards.ts'
import type { Db } from '#platform/database.ts'
import { failedJobs } from '#platform/failed-jobs.ts'
import type { Server } from '#platform/http/server.ts'
import type { Web } from '#ui/web.ts'
import { type Backups, storagePage } from './storage-views.ts'

/** GET /admin/storage: how much is stored, and by whom. */
export function storagePages(pages: Server, web: Web): void {
  const { db, files, config } = web.deps
  pages.get('/admin/storage', async (request, reply) => {
    const page = await web.page(request)
    const figures = await storageFigures(db, page.viewer)
    const backups = config.backups && (await backupsOf(db, config.backups))
    const body = storagePage(page, { figures, memberBytes: files.memberBytes, backups })
    return web.show(reply, page, deskPage(page.words.admin.storage, body))
  })
}

async function backupsOf(db: Db, nightly: Nightly): Promise<Backups> {
  const { bucketUrl } = nightly
  const [kept, failing, copies] = await Promise.all([
    listBackups(nightly.folder),
    failedJobs(db, ['back-up']),
    // Whoever looks at the page does not wait for a store that is away.
    bucketUrl && listCopies(bucketUrl, 3000).catch(() => 'away' as const),
  ])
  return {
    kept,
    copies: copies || null,
    keep: nightly.keep,
    isProven: nightly.keyFile === null || canOpen(nightly.keyFile),
    problem: failing[0]?.error ?? null,
  }
}
