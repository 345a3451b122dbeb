import { Logger, parseCronItems, run, type Task, type TaskList } from 'graphile-worker'
import { forgetWithdrawn } from '#modules/accounts/accounts.ts'
import {
  resetPassword,
  sendInvitation,
  sendLink,
  tellDecision,
  tellFactorsRemoved,
  tellOldAddress,
  tellSecurity,
  tellTaken,
} from '#modules/accounts/mails.ts'
import { forgetOldSessions } from '#modules/accounts/sessions.ts'
import { forgetDays } from '#modules/acts/upkeep.ts'
import { copyNewest } from '#modules/backups/copies.ts'
import { backUpDay } from '#modules/backups/nightly.ts'
import { removeRoom } from '#modules/chat/board-room.ts'
import { forgetOldMessages } from '#modules/chat/retention.ts'
import { removeUnused } from '#modules/files/upkeep.ts'
import { forgetOldKeys } from '#modules/keys/keys.ts'
import { tellFollowersJob } from '#modules/notifications/followers.ts'
import { mailDigest, mailNow, startDigests } from '#modules/notifications/mails.ts'
import { pushNow } from '#modules/notifications/push.ts'
import { forgetOldNotifications } from '#modules/notifications/read.ts'
import { finishRemoval, resumeRemovals } from '#modules/posts/board-removal.ts'
import { tendSearch } from '#modules/search/reindex.ts'
import { keepSettling } from '#modules/search/settling.ts'
import { recount } from '#modules/site/recount.ts'
import { rankPosts, rankWords } from '#modules/trending/ranking.ts'
import { deliver, forgetOldDeliveries } from '#modules/webhooks/deliver.ts'
import { siteAddress } from '#platform/address.ts'
import type { Database } from '#platform/database.ts'
import { enqueue, payloadOf } from '#platform/jobs.ts'
import { dayIn } from '#platform/zones.ts'
import type { Deps } from '#ui/web.ts'

/** Every job of the product: a name and the verb it calls. */
export function tasks(deps: Deps): TaskList {
  const job =
    (work: () => Promise<unknown>): Task =>
    async () => {
      await work()
    }
  const withPayload =
    (work: (deps: Deps, payload: ReturnType<typeof payloadOf>) => Promise<void>): Task =>
    (payload) =>
      work(deps, payloadOf(payload))
  return {
    'send-link': withPayload(sendLink),
    'reset-password': withPayload(resetPassword),
    'tell-old-address': withPayload(tellOldAddress),
    'tell-decision': withPayload(tellDecision),
    'tell-factors-removed': withPayload(tellFactorsRemoved),
    'tell-security': withPayload(tellSecurity),
    'tell-taken': withPayload(tellTaken),
    'send-invitation': withPayload(sendInvitation),
    'tell-followers': withPayload(tellFollowersJob),
    'mail-notifications': withPayload((all, payload) => mailNow(all, payload.number('member'))),
    'push-notifications': withPayload((all, payload) => pushNow(all, payload.number('member'))),
    'start-digests': job(() => startDigests(deps)),
    'mail-digest': withPayload((all, payload) => mailDigest(all, payload.number('member'))),
    'forget-old-notifications': job(() => forgetOldNotifications(deps.db, deps.clock())),
    'deliver-webhook': withPayload(deliverTo),
    'forget-old-deliveries': job(() => forgetOldDeliveries(deps.db, deps.clock())),
    'forget-old-keys': job(() => forgetOldKeys(deps.db, deps.clock())),
    'forget-old-sessions': job(() => forgetOldSessions(deps.db, deps.clock())),
    'forget-withdrawn': job(() => forgetWithdrawn(deps.db, deps.clock())),
    'remove-unused-files': job(async () => {
      const removed = await removeUnused(deps.db, { tools: deps.files, now: deps.clock() })
      if (removed > 0) deps.log.info({ removed }, 'unused files were removed')
    }),
    'remove-board': withPayload(async ({ db, clock }, payload) => {
      await finishRemoval(db, { boardId: payload.number('board'), now: clock() })
    }),
    'remove-room': withPayload(({ db }, payload) => removeRoom(db, payload.number('room'))),
    'rank-posts': job(() => rankPosts(deps.db, deps.clock())),
    'rank-words': job(() => rankWords(deps.db, deps.clock())),
    'forget-old-messages': job(async () => {
      const { db, clock, config } = deps
      const forgotten = await forgetOldMessages(db, { days: config.chatDays, now: clock() })
      if (forgotten > 0) deps.log.info({ forgotten }, 'old messages were removed')
    }),
    'forget-acts': job(() => forgetDays(deps.db, dayIn(deps.config.timeZone, deps.clock()))),
    'tend-search': async (_payload, { abortSignal }) => {
      const done = await tendSearch(deps.db, {
        now: deps.clock(),
        ...(abortSignal ? { signal: abortSignal } : {}),
      })
      if (done) deps.log.info(done, 'the search was brought up to date')
    },
    'back-up': job(() => backUpTonight(deps)),
    recount: job(async () => {
      const repaired = await recount(deps.db)
      if (repaired.length > 0) deps.log.warn({ repaired }, 'counters were repaired')
    }),
  }
}

async function backUpTonight({ config, clock, log }: Deps): Promise<void> {
  if (!config.backups) return
  const name = await backUpDay(config.backups, { day: dayIn(config.timeZone, clock()) })
  if (name) log.info({ name }, 'the site was backed up')
  const copied = await copyNewest(config.backups)
  if (copied) log.info({ name: copied }, 'the backup was copied to the bucket')
}

/** Links in what is told lead to BASE_URL, as those in mails. */
async function deliverTo(deps: Deps, payload: ReturnType<typeof payloadOf>): Promise<void> {
  const { db, sealingKey, config, clock } = deps
  await deliver({ db, sealingKey, origin: siteAddress(config) }, { id: payload.number('id'), now: clock() })
}

/** When jobs run by themselves, in UTC; one process of many takes each. */
const schedule = parseCronItems([
  { task: 'start-digests', match: '*/15 * * * *', options: { backfillPeriod: 0 } },
  { task: 'forget-old-notifications', match: '7 4 * * *', options: { backfillPeriod: 0 } },
  { task: 'forget-old-deliveries', match: '27 3 * * *', options: { backfillPeriod: 0 } },
  { task: 'forget-old-keys', match: '37 3 * * *', options: { backfillPeriod: 0 } },
  { task: 'forget-old-sessions', match: '17 * * * *', options: { backfillPeriod: 0 } },
  { task: 'forget-withdrawn', match: '47 3 * * *', options: { backfillPeriod: 0 } },
  { task: 'remove-unused-files', match: '41 * * * *', options: { backfillPeriod: 0 } },
  { task: 'rank-posts', match: '* * * * *', options: { backfillPeriod: 0 } },
  { task: 'rank-words', match: '*/5 * * * *', options: { backfillPeriod: 0 } },
  { task: 'forget-old-messages', match: '57 18 * * *', options: { backfillPeriod: 0 } },
  { task: 'forget-acts', match: '7 * * * *', options: { backfillPeriod: 0 } },
  { task: 'tend-search', match: '7 * * * *', options: { backfillPeriod: 0 } },
  { task: 'recount', match: '30 18 * * *', options: { backfillPeriod: 0 } },
  // The key: a failure of the night before makes room for this one.
  {
    task: 'back-up',
    match: '10 19 * * *',
    options: { backfillPeriod: 0, maxAttempts: 3, jobKey: 'back-up' },
  },
])

/** Works off jobs until disposed; a job that runs then is finished or handed back. */
export async function startWorker(deps: Deps, database: Database): Promise<AsyncDisposable> {
  const logger = new Logger(() => (level, message) => {
    if (level === 'error') deps.log.error(message)
    else if (level === 'warning') deps.log.warn(message)
    else deps.log.debug(message)
  })
  const runner = await run({
    pgPool: database.pool,
    taskList: tasks(deps),
    parsedCronItems: schedule,
    concurrency: 2,
    pollInterval: 10_000,
    noHandleSignals: true,
    logger,
  })
  // After an upgrade the search may lack rows: not only at the next full hour.
  await enqueue(deps.db, { name: 'tend-search', payload: {}, key: 'tend-search' })
  await resumeRemovals(deps.db)
  const settling = keepSettling(deps.db, {
    onFailure: (error) =>
      deps.log.warn({ err: error }, 'new words did not come to their places in the search'),
  })
  const stop = async () => {
    await settling[Symbol.asyncDispose]()
    await runner.stop()
  }
  return { [Symbol.asyncDispose]: stop }
}
