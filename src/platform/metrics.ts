import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'

export type Metrics = {
  registry: Registry
  observe: (labels: { method: string; route: string; status: number }, seconds: number) => void
}

/** Process metrics and the duration of requests by route template, so that addresses do not multiply the series. */
export function makeMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'madang_' })
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
  return {
    registry,
    observe: ({ method, route, status }, seconds) =>
      seriesOf(method, route, `${Math.floor(status / 100)}xx`).observe(seconds),
  }
}
