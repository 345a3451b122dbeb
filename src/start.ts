import type { Config } from '#config/config.ts'
import { announceOn, subscribe } from '#events.ts'
import { withdrawAgain } from '#modules/accounts/accounts.ts'
import { setPasswordPasses } from '#modules/accounts/passwords.ts'
import { ActLog } from '#modules/acts/act-log.ts'
import { countOpenReports } from '#modules/moderation/moderation.ts'
import { Notifier, type NotifierDeps } from '#modules/notifications/notifier.ts'
import { createFirstAdministrator, prepareSetup } from '#modules/site/setup.ts'
import { SiteSettings } from '#modules/site/site.ts'
import { rankingSubscriber } from '#modules/trending/ranking.ts'
import { WebhookList } from '#modules/webhooks/list.ts'
import { loadAssets } from '#platform/assets.ts'
import { type Bus, memoryBus, redisBus } from '#platform/bus.ts'
import { type Database, openDatabase } from '#platform/database.ts'
import { openFileTools } from '#platform/file-tools.ts'
import { prepareJobs } from '#platform/jobs.ts'
import type { Limits } from '#platform/limits/limits.ts'
import { memoryLimits } from '#platform/limits/memory.ts'
import { redisLimits, withFallback } from '#platform/limits/redis.ts'
import { makeLog } from '#platform/log.ts'
import { type Metrics, makeMetrics } from '#platform/metrics.ts'
import { migrate } from '#platform/migrations.ts'
import { memoryOnce, type Once, redisOnce, sharedOnce } from '#platform/once.ts'
import { borrowPostgres, checkPostgres, startPostgres } from '#platform/postgres-server/server.ts'
import { loadSecret } from '#platform/secrets.ts'
import type { Deps } from '#ui/web.ts'

export type Started = { deps: Deps; database: Database; setupToken: string | null } & AsyncDisposable

/**
 * Everything that stands below the roles, for the server and for commands alike: the database (embedded, borrowed
 * from a running Madang, or yours), its schema, and what the first start creates.
 */
export async function start(config: Config, options: { borrow: boolean }): Promise<Started> {
  await using stack = new AsyncDisposableStack()
  const log = makeLog(config.logLevel)
  const url = await databaseUrl(config, {
    borrow: options.borrow,
    stack,
    say: (message) => log.info(message),
  })
  const ran = await migrate(url)
  if (ran.length > 0) log.info({ migrations: ran }, 'the schema is up to date')
  const database = stack.use(
    openDatabase({
      url,
      size: config.databasePool,
      // Commands read whole tables: what is enough for a page is not for them.
      ...(options.borrow && { timeoutMs: 600_000 }),
    }),
  )
  await prepareJobs(database.pool)
  const clock = () => new Date()
  setPasswordPasses(config.passwordPasses)
  const { db } = database
  const metrics = makeMetrics()
  const shared = await openShared(config, { stack, log, metrics })
  const deps: Deps = {
    db,
    config,
    assets: loadAssets(),
    site: new SiteSettings(db, { safe: config.safeMode }),
    key: loadSecret(config.dataDir, 'token-key'),
    sealingKey: loadSecret(config.dataDir, 'sealing-key'),
    pushKey: loadSecret(config.dataDir, 'push-key'),
    ...shared,
    metrics,
    webhooks: stack.use(openWebhooks(db, log)).list,
    files: stack.use(openFileTools(config)),
    acts: stack.use(new ActLog(db, { timeZone: config.timeZone, log })),
    clock,
    log,
    countReports: countOpenReports,
    notifier: stack.use(openNotifier({ db, bus: shared.bus, mails: config.mail !== null, clock, log })),
  }
  subscribe(db, rankingSubscriber)
  announceOn(db, deps.bus)
  await withdrawAgain(db, clock())
  if (config.admin) await createFirstAdministrator(db, config.admin, clock())
  const setupToken = options.borrow ? null : await prepareSetup(db)
  const owned = stack.move()
  return { deps, database, setupToken, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** What processes share through Redis when there is one; while it is away, each counts by itself. */
export async function openShared(
  config: Pick<Config, 'redisUrl'>,
  given: { stack: AsyncDisposableStack; log: Deps['log']; metrics: Metrics },
): Promise<{ limits: Limits; once: Once; bus: Bus }> {
  const memory = memoryLimits()
  const once = memoryOnce()
  if (!config.redisUrl) return { limits: memory, once, bus: memoryBus() }
  // Forty modules, which most sites do without.
  const { openRedis } = await import('#platform/redis.ts')
  const { log } = given
  const redis = openRedis(
    config.redisUrl,
    (error) => log.warn({ err: error }, 'Redis is away'),
    () => log.info('Redis is back'),
  )
  given.stack.defer(() => redis.disconnect())
  const bus = given.stack.use(redisBus(redis, given.metrics.bus))
  given.metrics.showRedis(bus.isUp)
  return {
    limits: withFallback(redisLimits(redis), memory, () => {}),
    once: sharedOnce(once, redisOnce(redis), () => {}),
    bus,
  }
}

/** Every process that writes tells the webhooks. */
function openWebhooks(db: Deps['db'], log: Deps['log']): { list: WebhookList } & Disposable {
  const list = new WebhookList(db)
  subscribe(db, list)
  const watch = list.watch((error) => log.warn({ err: error }, 'the list of webhooks could not be read'))
  return { list, [Symbol.dispose]: () => watch[Symbol.dispose]() }
}

/** Every process that writes tells members, too. */
function openNotifier({ log, ...given }: Omit<NotifierDeps, 'onFailure'> & { log: Deps['log'] }): Notifier {
  const onFailure = (error: unknown) => log.warn({ err: error }, 'members were not told')
  const notifier = new Notifier({ ...given, onFailure })
  subscribe(given.db, notifier)
  return notifier
}

/** The address of the database: yours, or the embedded one, which is started, or borrowed, for as long as `stack` lives. */
export async function databaseUrl(
  config: Config,
  options: { borrow: boolean; stack: AsyncDisposableStack; say: (message: string) => void },
): Promise<string> {
  if (config.databaseUrl) {
    await checkPostgres(config.databaseUrl)
    return config.databaseUrl
  }
  const open = options.borrow ? borrowPostgres : startPostgres
  const server = options.stack.use(await open({ dataDir: config.dataDir, log: options.say }))
  return server.url
}
