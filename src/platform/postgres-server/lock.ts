import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { startMark } from './processes.ts'

/** Who holds a data folder; `started` tells a process from a later one with the same number. */
export type Holder = { pid: number; started: string; as: 'server' | 'command'; since: string }
export type Lock = { release(): void }

/**
 * Takes the lock file for this process, or says who holds it. Of processes that try at the same moment exactly one
 * gets it. A lock whose holder no longer runs is taken over, guarded by a lock of its own, so that nobody
 * replaces the fresh lock of somebody who took over a moment earlier.
 */
export async function takeLock(path: string, as: Holder['as']): Promise<{ lock: Lock } | { holder: Holder }> {
  const mine = describeSelf(as)
  const draft = `${path}.${randomUUID()}`
  writeFileSync(draft, mine, { mode: 0o600, flush: true })
  try {
    for (;;) {
      if (linked(draft, path)) break
      const found = readLock(path)
      if (found === null) continue
      const holder = livingHolder(found)
      if (holder) return { holder }
      if (await tookOver({ path, stale: found, draft, as })) break
    }
  } finally {
    rmSync(draft, { force: true })
  }
  return { lock: { release: () => readLock(path) === mine && rmSync(path, { force: true }) } }
}

/** The living process that holds the lock, or null. */
export function lockHolder(path: string): Holder | null {
  const text = readLock(path)
  return text === null ? null : livingHolder(text)
}

async function tookOver(options: {
  path: string
  stale: string
  draft: string
  as: Holder['as']
}): Promise<boolean> {
  const guard = await takeLock(`${options.path}.takeover`, options.as)
  if ('holder' in guard) {
    await sleep(5)
    return false
  }
  try {
    if (readLock(options.path) !== options.stale) return false
    renameSync(options.draft, options.path)
    return true
  } finally {
    guard.lock.release()
  }
}

function describeSelf(as: Holder['as']): string {
  const holder: Holder = {
    pid: process.pid,
    started: startMark(process.pid) ?? '',
    as,
    since: new Date().toISOString(),
  }
  return `${JSON.stringify({ ...holder, key: randomUUID() })}\n`
}

function livingHolder(text: string): Holder | null {
  const holder = parse(text)
  return holder && startMark(holder.pid) === holder.started ? holder : null
}

function parse(text: string): Holder | null {
  try {
    const { pid, started, as, since } = JSON.parse(text)
    if (!Number.isInteger(pid) || pid < 1) return null
    return {
      pid,
      started: String(started),
      as: as === 'command' ? 'command' : 'server',
      since: String(since),
    }
  } catch {
    return null
  }
}

function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

function readLock(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
