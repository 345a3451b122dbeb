import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startMark } from './postgres-server/processes.ts'

const fileIn = (dataDir: string) => join(dataDir, 'madang.address')

/** Writes down where this process answers, for commands beside it. */
export function noteAddress(dataDir: string, address: string): Disposable {
  const { pid } = process
  const text = JSON.stringify({ pid, started: startMark(pid), address })
  writeFileSync(fileIn(dataDir), `${text}\n`, { mode: 0o600 })
  return { [Symbol.dispose]: () => rmSync(fileIn(dataDir), { force: true }) }
}

/** Where the server of a data folder answers; null when none runs, or none that answers. */
export function runningAddress(dataDir: string): string | null {
  try {
    const { pid, started, address } = JSON.parse(readFileSync(fileIn(dataDir), 'utf8'))
    return started && startMark(pid) === started ? String(address) : null
  } catch {
    return null
  }
}
