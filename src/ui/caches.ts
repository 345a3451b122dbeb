import { hearEvents } from '#events.ts'
import { staleAfter } from '#freshness.ts'
import { answerFrom, Cache } from '#platform/cache.ts'
import { PageCache } from '#platform/http/page-cache.ts'
import { endOfDay } from '#platform/zones.ts'
import type { Web } from './web.ts'

export type Caches = { pages: PageCache | null; rows: Cache | null } & Disposable

/** Nothing tells of what commands do beside a running server: after so long a page is made anew in any case. */
const pageMs = 60_000
/** The same while nothing is heard of other processes. */
const aloneMs = 1000

/** Finished pages for guests and answers of the database for members, dropped by what changes them, wherever it happens. */
export function openCaches(web: Web): Caches {
  const { bus, config, db, site } = web.deps
  using stack = new DisposableStack()
  const pages = config.pageCacheBytes > 0 ? makePages(web) : null
  const rows = config.rowCacheBytes > 0 ? makeRows(web) : null
  if (rows) stack.use(answerFrom(db, rows))
  const dropAll = () => {
    rows?.dropAll()
    pages?.dropAll()
  }
  stack.use(
    hearEvents(bus, (event) => {
      // Before pages are made anew with it.
      if (event.type === 'site.changed') site.forget()
      const stale = staleAfter(event)
      if (stale === 'everything') return dropAll()
      rows?.drop(stale)
      pages?.drop(stale)
    }),
  )
  const lookAgain = () => {
    site.forget()
    dropAll()
  }
  stack.use(bus.onAway(lookAgain))
  stack.use(bus.onGap(lookAgain))
  const ears = stack.move()
  return { pages, rows, [Symbol.dispose]: () => ears.dispose() }
}

/** Until when something made at `now` may be used: shorter while changes may pass unheard. */
const untilFor = (web: Web) => (now: Date) =>
  new Date(now.getTime() + (web.deps.bus.isUp() ? pageMs : aloneMs))

function makePages(web: Web): PageCache {
  const { clock, config, metrics } = web.deps
  const until = untilFor(web)
  const pages = new PageCache({
    mostBytes: config.pageCacheBytes,
    clock,
    variantOf: (request) => web.guestVariant(request),
    lasts: (now) => {
      const ends = [endOfDay(config.timeZone, now), until(now)]
      return new Date(Math.min(...ends.map((end) => end.getTime())))
    },
    watch: metrics.watchCache('pages'),
  })
  metrics.showCache('pages', pages.store)
  return pages
}

function makeRows(web: Web): Cache {
  const { clock, config, metrics } = web.deps
  const watch = metrics.watchCache('rows')
  const rows = new Cache({ mostBytes: config.rowCacheBytes, clock, lasts: untilFor(web), watch })
  metrics.showCache('rows', rows.store)
  return rows
}
