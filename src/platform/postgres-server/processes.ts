import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const hasProc = process.platform === 'linux'

/** Whether the process runs; one that has ended and only waits to be collected (a zombie) does not. */
export function isAlive(pid: number): boolean {
  return isNumberTaken(pid) && (!hasProc || !/^[ZX]?$/.test(statFields(pid)[0] ?? ''))
}

/** Whether the number belongs to any process, also to a zombie. */
export function isNumberTaken(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * Says which process a number meant: the moment it started, in the kernel's own counting, and the boot.
 * A number given again to another process has another mark. Null when no such process runs.
 */
export function startMark(pid: number): string | null {
  if (!isAlive(pid)) return null
  if (hasProc) return `${readText('/proc/sys/kernel/random/boot_id')?.trim()} ${statFields(pid)[19]}`
  return ps(pid, 'lstart')
}

/** Numbers of the `postgres` processes that work in `cluster`; `candidate` is the one to look at without /proc. */
export function postgresProcessesIn(cluster: string, candidate: number | null): number[] {
  if (!hasProc) return candidate && /postgres/.test(ps(candidate, 'comm') ?? '') ? [candidate] : []
  const folder = realpathSync(cluster)
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(
      (pid) =>
        workingFolder(pid) === folder && readText(`/proc/${pid}/comm`) === 'postgres\n' && isAlive(pid),
    )
}

/** Waits until none of the processes runs. False when `milliseconds` were not enough. */
export async function haveEnded(pids: readonly number[], milliseconds: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds
  while (pids.some(isAlive)) {
    if (Date.now() > deadline) return false
    await sleep(10)
  }
  return true
}

/** Sends a signal; a process that has ended already is fine. */
export function signal(pid: number, name: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return
    throw error
  }
}

/** Fields of /proc/PID/stat behind the command's name: 0 is the state, 19 the start time in clock ticks. */
function statFields(pid: number): string[] {
  const stat = readText(`/proc/${pid}/stat`) ?? ''
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Null also for processes of other users, which cannot be ours: PostgreSQL runs as the owner of its folder. */
function workingFolder(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return null
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function ps(pid: number, column: string): string | null {
  try {
    return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim() || null
  } catch {
    return null
  }
}
