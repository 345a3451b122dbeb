import type { Server } from '#platform/http/server.ts'
import type { Web } from '#ui/web.ts'
import { actPages } from './act-pages.ts'
import { queuePages } from './queue-pages.ts'
import { reportPages } from './report-pages.ts'

/** Reporting for members, acts on posts and comments, and under /mod what only moderators see. */
export function moderationPages(pages: Server, web: Web): void {
  reportPages(pages, web)
  actPages(pages, web)
  queuePages(pages, web)
}
