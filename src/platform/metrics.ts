import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { BusWatch } from './bus.ts'

export type CacheName = 'pages' | 'rows'
export type CacheWatch = { onHit: () => void; onMiss: () => void }

export type Metrics = {
  registry: Registry
  observe: (labels: { method: string; route: string; status: number }, seconds: number) => void
  /** Hits and misses of a cache. */
  watchCache: (name: CacheName) => CacheWatch
  /** What a cache holds, asked when the metrics are read. */
  showCache: (name: CacheName, held: { bytes: number; count: number }) => void
  bus: Required<BusWatch>
  /** Whether Redis answers, asked when the metrics are read. */
  showRedis: (isUp: () => boolean) => void
  /** A guest was refused because their network asks for too much at once. */
  onCrowd: () => void
}

/** Process metrics, the duration of requests by route template, so that addresses do not multiply the series, and caches. */
export function makeMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'madang_' })
  const crowds = new Counter({
    name: 'madang_crowd_refusals_total',
    help: 'Pages refused to guests whose network asked for too many at once',
    registers: [registry],
  })
  return {
    registry,
    observe: requestTimes(registry),
    ...cacheMetrics(registry),
    ...redisMetrics(registry),
    onCrowd: () => crowds.inc(),
  }
}

function requestTimes(registry: Registry): Metrics['observe'] {
  const requests = new Histogram({
    name: 'madang_http_request_seconds',
    help: 'Time from request to answer',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  })
  // Looking the labels up at each request would sort and join them again.
  const series = new Map<string, Histogram.Internal<'method' | 'route' | 'status'>>()
  const seriesOf = (method: string, route: string, status: string) => {
    const key = `${method} ${status} ${route}`
    let known = series.get(key)
    if (!known) {
      known = requests.labels({ method, route, status })
      series.set(key, known)
    }
    return known
  }
  return ({ method, route, status }, seconds) =>
    seriesOf(method, route, `${Math.floor(status / 100)}xx`).observe(seconds)
}

function cacheMetrics(registry: Registry): Pick<Metrics, 'watchCache' | 'showCache'> {
  const asked = new Counter({
    name: 'madang_cache_requests_total',
    help: 'Questions to the caches, by whether they knew the answer',
    labelNames: ['cache', 'result'] as const,
    registers: [registry],
  })
  const shown = new Map<CacheName, { bytes: number; count: number }>()
  for (const what of ['bytes', 'count'] as const) {
    new Gauge({
      name: `madang_cache_${what === 'bytes' ? 'bytes' : 'entries'}`,
      help: what === 'bytes' ? 'Memory that the caches take, about' : 'What the caches hold',
      labelNames: ['cache'] as const,
      registers: [registry],
      collect() {
        for (const [cache, held] of shown) this.set({ cache }, held[what])
      },
    })
  }
  return {
    watchCache: (cache) => {
      const [hits, misses] = [asked.labels({ cache, result: 'hit' }), asked.labels({ cache, result: 'miss' })]
      return { onHit: () => hits.inc(), onMiss: () => misses.inc() }
    },
    showCache: (cache, held) => void shown.set(cache, held),
  }
}

function redisMetrics(registry: Registry): Pick<Metrics, 'bus' | 'showRedis'> {
  const waiting = new Gauge({
    name: 'madang_bus_waiting',
    help: 'Messages to the other processes that wait for Redis',
    registers: [registry],
  })
  const forgotten = new Counter({
    name: 'madang_bus_forgotten_total',
    help: 'Messages to the other processes that were never sent',
    registers: [registry],
  })
  return {
    bus: { onWaiting: (count) => waiting.set(count), onForgotten: () => forgotten.inc() },
    showRedis: (isUp) => {
      new Gauge({
        name: 'madang_redis_up',
        help: 'Whether Redis answers',
        registers: [registry],
        collect() {
          this.set(isUp() ? 1 : 0)
        },
      })
    },
  }
}
