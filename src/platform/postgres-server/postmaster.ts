import { type ChildProcess, spawn } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Address, isAnswered, socketName } from './address.ts'
import { asWorkingFolder, type Work } from './cluster.ts'
import { explainOutput, PostgresProblem } from './problem.ts'
import { haveEnded, isAlive, isNumberTaken, postgresProcessesIn, signal } from './processes.ts'
import { spawnAs } from './program.ts'

export type Postmaster = { pid: number; ended: Promise<string>; stop(): Promise<void> }

/**
 * Starts the server and waits until it accepts connections, however long its crash recovery takes.
 * It gets a session of its own: Ctrl-C in the terminal is for Madang, which ends its requests first.
 * @throws PostgresProblem with the reason from the server's log
 */
export async function launch(
  work: Work,
  options: { address: Address; settings: Record<string, string>; signal: AbortSignal },
): Promise<Postmaster> {
  const { layout, program, user } = work
  boundLog(layout.log)
  const log = openSync(layout.log, 'a', 0o600)
  const from = statSync(layout.log).size
  const child = spawn(program.postgres, launchArguments(work, options), {
    ...spawnAs(user),
    cwd: layout.cluster,
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.unref()
  const ended = new Promise<string>((tell) => {
    child.once('exit', (code, name) => tell(name ? `by ${name}` : `with code ${code}`))
  })
  const { pid } = child
  if (pid === undefined) return new Promise((_, fail) => child.once('error', fail))
  await untilReady(work, { child, pid, from, signal: options.signal })
  return { pid, ended, stop: () => stopPostmaster(pid, layout.cluster) }
}

/**
 * Ends the server: connections are cut, what was acknowledged is written ("fast"). When that takes over 8 seconds,
 * at once, with recovery at the next start.
 */
async function stopPostmaster(pid: number, cluster: string): Promise<void> {
  signal(pid, 'SIGINT')
  if (await haveEnded([pid], 8000)) return
  signal(pid, 'SIGQUIT')
  if (await haveEnded([pid], 3000)) return
  await killAll(postgresProcessesIn(cluster, pid))
}

/**
 * Ends what an earlier run left in the cluster: a living server whose Madang was killed, or processes whose server
 * was killed. Gives the folder where that server listened, if any.
 * @throws PostgresProblem when a server works there that this machine's process list does not show
 */
export async function endLeftovers({ layout, log }: Pick<Work, 'layout' | 'log'>): Promise<string | null> {
  const left = readPostmasterFile(layout.cluster)
  if (!left) return null
  if (postgresProcessesIn(layout.cluster, left.pid).includes(left.pid)) {
    log(`Stopping the PostgreSQL (process ${left.pid}) that an earlier Madang left running`)
    await stopPostmaster(left.pid, layout.cluster)
  }
  const orphans = postgresProcessesIn(layout.cluster, left.pid)
  if (orphans.length > 0) {
    log(`Ending ${orphans.length} processes of a PostgreSQL that was killed`)
    for (const pid of orphans) signal(pid, 'SIGQUIT')
    if (!(await haveEnded(orphans, 2000))) await killAll(orphans)
  }
  if (await isAnswered(layout.cluster)) {
    throw new PostgresProblem(
      `A PostgreSQL works in ${layout.cluster} that this machine does not show (in another container?).\nStop the Madang there first, or set DATA_DIR to another folder.`,
    )
  }
  if (!isNumberTaken(left.pid)) return left.socketFolder
  // PostgreSQL would take any process with that number, even a zombie, for its own server and refuse to start.
  rmSync(join(layout.cluster, 'postmaster.pid'), { force: true })
  rmSync(join(layout.cluster, `${socketName}.lock`), { force: true })
  return left.socketFolder
}

/** What the running server says of itself, or null when there is no such file. `socketFolder` may be relative. */
export function readPostmasterFile(
  cluster: string,
): { pid: number; port: number; socketFolder: string; ready: boolean } | null {
  const lines = readLines(join(cluster, 'postmaster.pid'))
  const pid = Number(lines?.[0])
  if (!lines || !Number.isInteger(pid) || pid < 1) return null
  return { pid, port: Number(lines[3]), socketFolder: lines[4] ?? '', ready: lines[7]?.trim() === 'ready' }
}

/** Keeps the log of the server, which only appends, below 5 MB and one older copy. */
export function boundLog(path: string): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) < 5_000_000) return
  copyFileSync(path, `${path}.1`)
  truncateSync(path)
}

function launchArguments(
  work: Work,
  { address, settings }: { address: Address; settings: Record<string, string> },
): string[] {
  const socket = 'socketFolder' in address
  const all = {
    ...settings,
    logging_collector: 'off',
    log_destination: 'stderr',
    listen_addresses: socket ? '' : '127.0.0.1',
    port: String(socket ? 5432 : address.port),
    // Relative to the cluster, where the server stands: the path to it may be closed to its user, or long.
    unix_socket_directories: socket
      ? address.socketFolder === work.layout.cluster
        ? '.'
        : address.socketFolder
      : '',
  }
  return [
    '-D',
    asWorkingFolder(work.layout.cluster, work.user),
    ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
}

async function untilReady(
  work: Work,
  options: { child: ChildProcess; pid: number; from: number; signal: AbortSignal },
): Promise<void> {
  const { child, pid } = options
  let nextWord = Date.now() + 5000
  for (;;) {
    const file = readPostmasterFile(work.layout.cluster)
    if (file?.pid === pid && file.ready) return
    if (child.exitCode !== null || child.signalCode !== null || !isAlive(pid)) {
      const output = readFrom(work.layout.log, options.from)
      throw explainOutput(output, { folder: work.layout.cluster, log: work.layout.log })
    }
    if (options.signal.aborted) {
      await stopPostmaster(pid, work.layout.cluster)
      throw new PostgresProblem('PostgreSQL was stopped while it started.')
    }
    if (Date.now() > nextWord) {
      work.log('PostgreSQL is still starting (it repairs itself after a crash; that can take minutes)')
      nextWord += 10_000
    }
    await sleep(10)
  }
}

async function killAll(pids: readonly number[]): Promise<void> {
  for (const pid of pids) signal(pid, 'SIGKILL')
  await haveEnded(pids, 5000)
}

function readLines(path: string): string[] | null {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch {
    return null
  }
}

/** At most the first 64 kB from there on. */
function readFrom(path: string, position: number): string {
  const handle = openSync(path, 'r')
  try {
    const buffer = Buffer.alloc(65_536)
    return buffer.toString('utf8', 0, readSync(handle, buffer, 0, buffer.length, position))
  } finally {
    closeSync(handle)
  }
}
