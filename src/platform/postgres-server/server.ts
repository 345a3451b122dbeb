import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Address, addresses, removeTemporaryFolder, urlOf } from './address.ts'
import { prepareCluster, type Work } from './cluster.ts'
import { ensureDatabase } from './database.ts'
import { type Layout, layoutOf } from './layout.ts'
import { type Holder, type Lock, lockHolder, takeLock } from './lock.ts'
import { endLeftovers, launch, type Postmaster, readPostmasterFile } from './postmaster.ts'
import { AddressRefused, explainError, PostgresProblem } from './problem.ts'
import { findProgram } from './program.ts'
import { readPassword } from './secrets.ts'
import { keepRunning } from './supervisor.ts'
import { chooseSystemUser } from './system-user.ts'

export { checkPostgres } from './database.ts'
export { PostgresProblem } from './problem.ts'

export type RunningPostgres = {
  /** For `pg`, with the password of the role `madang`: never to be logged. */
  url: string
  /** False when another Madang runs the server: then `stop` leaves it alone. */
  owned: boolean
  stop(): Promise<void>
} & AsyncDisposable

export type PostgresOptions = {
  dataDir: string
  log: (message: string) => void
  /** Further settings of the server. `fsync: 'off'` is for tests: such a server does not survive a power cut. */
  settings?: Record<string, string>
}

/**
 * Starts the embedded PostgreSQL of `dataDir` (the first time: makes it) and holds the folder for this process. A
 * server that a killed Madang left is stopped first. Should the server end, it is started again at the same address.
 * @throws PostgresProblem when the folder is in use, or the server cannot start
 */
export function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  return explained(options, async (layout) => {
    const taken = await takeLock(layout.lock, 'server')
    if ('holder' in taken) throw inUse(layout, taken.holder)
    return runServer(layout, taken.lock, options)
  })
}

/**
 * For a command: the server of a living Madang on the same folder, or one of its own as long as it is needed.
 * @throws PostgresProblem when the living one never gets ready, or the server cannot start
 */
export function borrowPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  return explained(options, async (layout) => {
    for (let tries = 0; tries < 3000; tries++) {
      const taken = await takeLock(layout.lock, 'command')
      if ('lock' in taken) return runServer(layout, taken.lock, options)
      const url = await urlOfRunning(layout)
      if (url) return { url, owned: false, stop: async () => {}, [Symbol.asyncDispose]: async () => {} }
      await sleep(10)
    }
    throw new PostgresProblem(
      `The Madang that runs on ${layout.dataDir} did not get its database ready within 30 seconds.\nLook at its log, or stop it and run the command again.`,
    )
  })
}

async function explained<T>(options: PostgresOptions, start: (layout: Layout) => Promise<T>): Promise<T> {
  const layout = layoutOf(resolve(options.dataDir))
  try {
    mkdirSync(layout.dataDir, { recursive: true, mode: 0o700 })
    return await start(layout)
  } catch (error) {
    throw explainError(error, layout.dataDir)
  }
}

async function runServer(layout: Layout, lock: Lock, options: PostgresOptions): Promise<RunningPostgres> {
  const { log, settings = {} } = options
  try {
    const listenedAt = await endLeftovers({ layout, log })
    if (listenedAt) removeTemporaryFolder(listenedAt)
    const user = await chooseSystemUser(layout.cluster, log)
    const work: Work = { layout, user, log, program: await findProgram(user, log) }
    const { password, isNew } = await prepareCluster(work, { durable: settings.fsync !== 'off' })
    const { address, postmaster } = await launchSomewhere(work, settings)
    const server = keepRunning({ first: postmaster, relaunch, log, logFile: layout.log })
    async function relaunch(signal: AbortSignal): Promise<Postmaster> {
      await endLeftovers({ layout, log })
      return launch(work, { address, settings, signal })
    }
    async function end(): Promise<void> {
      await server.stop()
      if ('socketFolder' in address) removeTemporaryFolder(address.socketFolder)
      lock.release()
    }
    let ended: Promise<void> | undefined
    const stop = () => (ended ??= end())
    const url = await ensureDatabase(address, { password, isNew, layout }).catch(async (error) => {
      await stop()
      throw error
    })
    return { url, owned: true, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    lock.release()
    throw error
  }
}

async function launchSomewhere(
  work: Work,
  settings: Record<string, string>,
): Promise<{ address: Address; postmaster: Postmaster }> {
  let refused: unknown
  for await (const address of addresses(work.layout, work.user)) {
    try {
      const { signal } = new AbortController()
      return { address, postmaster: await launch(work, { address, settings, signal }) }
    } catch (error) {
      if (!(error instanceof AddressRefused)) throw error
      refused = error
    }
  }
  throw refused
}

async function urlOfRunning(layout: Layout): Promise<string | null> {
  const server = readPostmasterFile(layout.cluster)
  const password = readPassword(layout)
  if (!server?.ready || !password || !lockHolder(layout.lock)) return null
  const { port, socketFolder } = server
  const address = socketFolder ? { socketFolder: resolve(layout.cluster, socketFolder) } : { port }
  return urlOf(address, { user: 'madang', password, database: 'madang' })
}

function inUse({ dataDir }: Layout, { pid, as, since }: Holder): PostgresProblem {
  const who = as === 'server' ? 'Madang' : 'a madang command'
  return new PostgresProblem(
    `${dataDir} is already in use by process ${pid} (${who}, since ${since}).\nStop that one first, or set DATA_DIR to another folder.`,
  )
}
