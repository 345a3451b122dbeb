import { timingSafeEqual } from 'node:crypto'
import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import { ask, type Db } from '#platform/database.ts'
import { NotFound } from '#platform/errors.ts'
import type { Metrics } from '#platform/metrics.ts'
import type { Server } from './server.ts'

type Watched = {
  metrics: Metrics
  /** What reads the metrics from elsewhere; null: only this machine does. */
  token: string | null
  log: FastifyBaseLogger
}

/** Counts and, for what changes or fails, logs every request: route, status, time; never what was sent. */
export function watch(server: Server, { metrics, token, log }: Watched): void {
  const logsReads = log.level === 'debug' || log.level === 'trace'
  server.addHook('onResponse', (request, reply, done) => {
    done()
    const route = request.routeOptions.url ?? 'none'
    metrics.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
    const quiet = request.method === 'GET' && reply.statusCode < 400
    if (quiet && !logsReads) return
    const line = {
      requestId: request.id,
      method: request.method,
      route,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    }
    if (quiet) request.log.debug(line, 'request')
    else request.log.info(line, 'request')
  })
  server.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    if (!mayReadMetrics(request, token)) throw new NotFound()
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })
}

const loopback = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1'])
/** What proxies add, one or the other of them. */
const forwarding = [
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'forwarded',
  'via',
]

/** From this machine itself (not through a proxy on it), or with the token. */
function mayReadMetrics(request: FastifyRequest, token: string | null): boolean {
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  if (token && given) {
    const [a, b] = [Buffer.from(given), Buffer.from(token)]
    return a.length === b.length && timingSafeEqual(a, b)
  }
  const { headers, socket } = request
  return loopback.has(socket.remoteAddress ?? '') && forwarding.every((name) => headers[name] === undefined)
}

/** Whether the process lives, and whether it can answer people. */
export function healthRoutes(server: Server, db: Db): void {
  server.get('/health/live', { schema: { hide: true } }, async () => ({ status: 'ok' }))
  server.get('/health/ready', { schema: { hide: true } }, async (_request, reply) => {
    try {
      await ask(db, 'select 1', [])
      return { status: 'ok' }
    } catch {
      return reply.code(503).send({ status: 'unavailable', reason: 'the database does not answer' })
    }
  })
}
