import cors from '@fastify/cors'
import underPressure from '@fastify/under-pressure'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answerError } from '#answer-error.ts'
import { accountPages } from '#modules/accounts/pages.ts'
import { accountRoutes } from '#modules/accounts/routes.ts'
import { countActs } from '#modules/acts/counting-routes.ts'
import { actPages } from '#modules/acts/pages.ts'
import { actRoutes } from '#modules/acts/routes.ts'
import { adminPages } from '#modules/admin/pages.ts'
import { adminRoutes } from '#modules/admin/routes.ts'
import { boardRoutes } from '#modules/boards/routes.ts'
import { chatActPages } from '#modules/chat/act-pages.ts'
import { messageRoutes } from '#modules/chat/message-routes.ts'
import { chatPages } from '#modules/chat/pages.ts'
import { messageReportPages } from '#modules/chat/report-pages.ts'
import { messageReportRoutes } from '#modules/chat/report-routes.ts'
import { chatRoutes } from '#modules/chat/routes.ts'
import { commentRoutes } from '#modules/comments/routes.ts'
import { draftPages } from '#modules/drafts/pages.ts'
import { draftRoutes } from '#modules/drafts/routes.ts'
import { filePages } from '#modules/files/pages.ts'
import { fileRoutes } from '#modules/files/routes.ts'
import { fileServing } from '#modules/files/serving-routes.ts'
import { followPages } from '#modules/follows/pages.ts'
import { followRoutes } from '#modules/follows/routes.ts'
import { clientPages } from '#modules/keys/client-pages.ts'
import { clientRoutes } from '#modules/keys/client-routes.ts'
import { guardKeys, guardSigned } from '#modules/keys/guards.ts'
import { keyPages } from '#modules/keys/pages.ts'
import { keyRoutes } from '#modules/keys/routes.ts'
import { isOpenToGuests, neededScope } from '#modules/keys/scopes.ts'
import { openLive } from '#modules/live/live.ts'
import { liveRoutes } from '#modules/live/routes.ts'
import { machinePages } from '#modules/machines/pages.ts'
import { moderationPages } from '#modules/moderation/pages.ts'
import { moderationRoutes } from '#modules/moderation/routes.ts'
import { notificationPages } from '#modules/notifications/pages.ts'
import { pushRoutes } from '#modules/notifications/push-routes.ts'
import { notificationRoutes } from '#modules/notifications/routes.ts'
import { notificationSettingPages } from '#modules/notifications/settings-pages.ts'
import { notificationSettingRoutes } from '#modules/notifications/settings-routes.ts'
import { unsubscribePages } from '#modules/notifications/unsubscribe-pages.ts'
import { readingPages } from '#modules/pages/reading.ts'
import { replyingPages } from '#modules/pages/replying.ts'
import { writingPages } from '#modules/pages/writing.ts'
import { postActRoutes } from '#modules/posts/act-routes.ts'
import { boardRemovalRoute } from '#modules/posts/board-routes.ts'
import { postRoutes } from '#modules/posts/routes.ts'
import { rightsPages } from '#modules/rights/pages.ts'
import { rightsRoutes } from '#modules/rights/routes.ts'
import { searchPages } from '#modules/search/pages.ts'
import { searchRoutes } from '#modules/search/routes.ts'
import { setupPages } from '#modules/site/pages.ts'
import { siteRoutes } from '#modules/site/routes.ts'
import { siteTextPages } from '#modules/site/text-pages.ts'
import { trendingPages } from '#modules/trending/pages.ts'
import { trendingRoutes } from '#modules/trending/routes.ts'
import { votePages } from '#modules/votes/pages.ts'
import { voteRoutes } from '#modules/votes/routes.ts'
import { webhookPages } from '#modules/webhooks/pages.ts'
import { webhookRoutes } from '#modules/webhooks/routes.ts'
import { paths } from '#paths.ts'
import { portOf } from '#platform/address.ts'
import { registerAssets } from '#platform/assets.ts'
import { NotFound, type Refusal, Unavailable, WrongMethod, WrongType } from '#platform/errors.ts'
import { refuseControls } from '#platform/http/controls.ts'
import { Crowds } from '#platform/http/crowds.ts'
import { describeApi } from '#platform/http/description.ts'
import { guardForms } from '#platform/http/forms.ts'
import { limitRequest } from '#platform/http/limits.ts'
import { rememberMethods } from '#platform/http/methods.ts'
import { securityHeaders } from '#platform/http/security-headers.ts'
import { makeServer, type Server } from '#platform/http/server.ts'
import { healthRoutes, watch } from '#platform/http/watch.ts'
import { openCaches } from '#ui/caches.ts'
import { type Deps, Web } from '#ui/web.ts'
import { languages } from '#words/words.ts'

/** Everything that answers requests, written out: each module's routes and pages by name. */
export async function buildApp(deps: Deps): Promise<Server> {
  const web = new Web(deps)
  const caches = openCaches(web)
  const server = await makeServer({
    log: deps.log,
    trustedProxies: deps.config.trustedProxies,
    baseUrl: deps.config.baseUrl,
    corsOrigins: deps.config.corsOrigins,
    headers: securityHeaders({ scripts: deps.assets.cspHash, secure: web.secure }),
    pages: caches.pages,
    answerUnreadable: (failure) => answerError(web, failure),
  })
  const methodsOf = rememberMethods(server)
  watch(server, { metrics: deps.metrics, token: deps.config.metricsToken, log: deps.log })
  countActs(server, web)
  server.addHook('onRequest', (request, reply, done) => {
    if (request.method === 'OPTIONS') sayMethods(reply, methodsOf(pathOf(request)))
    done()
  })
  server.addHook('onListen', (done) => {
    web.port = portOf(server.server)
    done()
  })
  await guardLoad(server, web)
  guardKeys(server, web)
  server.setErrorHandler((error, request, reply) => answerError(web, { error, request, reply }))
  server.setNotFoundHandler((request, reply) =>
    request.method === 'OPTIONS' && reply.hasHeader('allow')
      ? reply.code(204).send()
      : answerError(web, { error: nothingAt(request, methodsOf), request, reply }),
  )
  await describeApi(server, { scopeOf: neededScope, isOpen: isOpenToGuests }, languages.en)
  const live = openLiveFor(web)
  // Before it waits for connections to end: these end only when they are told to.
  server.addHook('preClose', () => live.stop())
  await server.register(async (api: FastifyInstance) => registerApi(api as Server, web, live), {
    prefix: '/api/v1',
  })
  await server.register(async (pages: FastifyInstance) => registerPages(pages as Server, web))
  registerAssets(server, deps.assets, async () => {
    const { logo } = await deps.site.current(web.now())
    return logo && paths.file(logo, 64)
  })
  healthRoutes(server, deps.db)
  server.addHook('onClose', async () => caches[Symbol.dispose]())
  return server
}

/** What scripts of other sites may read besides the body. */
const exposed = [
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
  'retry-after',
  'location',
  'allow',
  'content-disposition',
  'content-language',
]

/** Limits for each client, other sites' pages where they are allowed, and a refusal before the event loop drowns. */
async function guardLoad(server: Server, web: Web): Promise<void> {
  const { config, limits, metrics } = web.deps
  if (config.corsOrigins.length > 0) {
    await server.register(cors, {
      origin: [...config.corsOrigins],
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      credentials: false,
      maxAge: 600,
      exposedHeaders: exposed,
      // Without these headers it is a plain question for the methods.
      strictPreflight: false,
    })
  }
  if (!config.rateLimits) return
  const isStarting = startOf(server)
  await server.register(underPressure, {
    maxEventLoopDelay: 1000,
    retryAfter: 5,
    pressureHandler: () => {
      if (!isStarting()) throw new Unavailable('unavailable')
    },
  })
  const crowds =
    config.guestPagesAtOnce > 0
      ? new Crowds({ atOnce: config.guestPagesAtOnce, onRefused: metrics.onCrowd })
      : null
  crowds?.attach(server)
  server.addHook('onRequest', async (request, reply) => {
    // It was counted when it came.
    if (request.awaited) return
    const viewer = web.bringsCredentials(request) ? await web.viewer(request).catch(() => null) : null
    await limitRequest(limits, { request, reply, memberId: viewer?.id ?? null, now: web.now() })
    if (!viewer && isPage(request)) crowds?.enter(request)
  })
}

/** Milliseconds after which no sample of the event loop is left that tells of the start, which is one long piece of work. */
const startsFor = 2500

function startOf(server: Server): () => boolean {
  let starting = true
  server.addHook('onListen', (done) => {
    setTimeout(() => {
      starting = false
    }, startsFor).unref()
    done()
  })
  return () => starting
}

/** Whether something is made to be read: what stands below these addresses is finished, small or for programs. */
function isPage({ method, routeOptions: { url = '' } }: FastifyRequest): boolean {
  return method === 'GET' && !/^\/(?:api|assets|files|health|metrics|favicon)/.test(url)
}

type Live = ReturnType<typeof openLive>

function openLiveFor(web: Web): Live {
  const { db, bus, clock, config } = web.deps
  const viewerOfToken = (token: string) => web.viewerOfToken(token)
  return openLive({ db, bus, clock, viewerOfToken, limited: config.rateLimits })
}

const reads = new Set(['GET', 'HEAD'])

function registerApi(api: Server, web: Web, live: Live): void {
  // Programs send JSON; what takes pictures says so itself.
  api.removeContentTypeParser(['text/plain', 'application/x-www-form-urlencoded'])
  // Where nothing is sent, whatever it is said to be does no harm.
  api.addContentTypeParser('*', ({ headers }, _body, done) => {
    const isEmpty = (headers['content-length'] ?? '0') === '0' && headers['transfer-encoding'] === undefined
    if (isEmpty) done(null, undefined)
    else done(new WrongType('bad-media-type'))
  })
  // Nobody's answer is kept for another; what a write answers may be a secret.
  api.addHook('onRequest', (request, reply, done) => {
    reply.header('cache-control', reads.has(request.method) ? 'private, no-cache' : 'no-store')
    done()
  })
  refuseControls(api)
  guardSigned(api, web)
  accountRoutes(api, web)
  siteRoutes(api, web)
  boardRoutes(api, web)
  boardRemovalRoute(api, web)
  postRoutes(api, web)
  postActRoutes(api, web)
  commentRoutes(api, web)
  voteRoutes(api, web)
  trendingRoutes(api, web)
  actRoutes(api, web)
  rightsRoutes(api, web)
  draftRoutes(api, web)
  moderationRoutes(api, web)
  adminRoutes(api, web)
  fileRoutes(api, web)
  keyRoutes(api, web)
  searchRoutes(api, web)
  clientRoutes(api, web)
  webhookRoutes(api, web)
  chatRoutes(api, web)
  messageReportRoutes(api, web)
  messageRoutes(api, web, live.waits)
  liveRoutes(api, web, live.hub)
  notificationRoutes(api, web)
  notificationSettingRoutes(api, web)
  pushRoutes(api, web)
  followRoutes(api, web)
}

function registerPages(pages: Server, web: Web): void {
  // Pages are for people: they do not stand in the API's description.
  pages.addHook('onRoute', (route) => {
    route.schema = { ...route.schema, hide: true }
  })
  guardForms(pages)
  readingPages(pages, web)
  searchPages(pages, web)
  actPages(pages, web)
  trendingPages(pages, web)
  machinePages(pages, web)
  writingPages(pages, web)
  replyingPages(pages, web)
  votePages(pages, web)
  draftPages(pages, web)
  fileServing(pages, web)
  filePages(pages, web)
  accountPages(pages, web)
  rightsPages(pages, web)
  setupPages(pages, web)
  siteTextPages(pages, web)
  moderationPages(pages, web)
  chatPages(pages, web)
  chatActPages(pages, web)
  messageReportPages(pages, web)
  adminPages(pages, web)
  keyPages(pages, web)
  clientPages(pages, web)
  webhookPages(pages, web)
  notificationPages(pages, web)
  notificationSettingPages(pages, web)
  unsubscribePages(pages, web)
  followPages(pages, web)
}

const pathOf = (request: FastifyRequest) => request.url.split('?', 1)[0] ?? ''

function sayMethods(reply: FastifyReply, allowed: readonly string[]): void {
  if (allowed.length > 0) reply.header('allow', [...allowed, 'OPTIONS'].join(', '))
}

/** Where there is something for other methods the answer names them. */
function nothingAt(request: FastifyRequest, methodsOf: (path: string) => string[]): Refusal {
  const allowed = methodsOf(pathOf(request))
  // A route for this method that finds nothing, as one that serves files, says so by coming here.
  return allowed.length > 0 && !allowed.includes(request.method) ? new WrongMethod(allowed) : new NotFound()
}
