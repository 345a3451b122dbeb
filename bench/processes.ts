import { type ChildProcess, fork, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answer, Load, Measured } from './messages.ts'

const root = join(import.meta.dirname, '..')

export type Madang = { url: string; pid: number; startedIn: number; stop: () => Promise<void> }

/** The real server with its defaults, but for a free port and no limits on requests. `startedIn`: ms to its first page. */
export async function startMadang(dataDir: string, settings: Record<string, string> = {}): Promise<Madang> {
  const begin = performance.now()
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE } = process.env
  const child = spawn(process.execPath, [...profiling(), join(root, 'src/main.ts')], {
    cwd: root,
    env: {
      PATH,
      HOME,
      ...(NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE } : {}),
      DATA_DIR: dataDir,
      PORT: '0',
      RATE_LIMITS: 'off',
      ...settings,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const url = await addressIn(child)
  await fetch(url).then((answer) => answer.text())
  const { pid = 0 } = child
  return { url, pid, startedIn: performance.now() - begin, stop: () => end(child, 'SIGTERM') }
}

/** BENCH_NODE_FLAGS, for profiles: `--cpu-prof --cpu-prof-dir=FOLDER`. */
function profiling(): string[] {
  return process.env['BENCH_NODE_FLAGS']?.split(' ').filter(Boolean) ?? []
}

function addressIn(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stderr?.on('data', (data: Buffer) => {
      said += data.toString()
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0]
      if (url) resolve(url)
    })
    child.once('exit', (code) => reject(new Error(`Madang ended with code ${code}:\n${said}`)))
  })
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await ended
}

export type Bare = {
  url: string
  pid: number
  answer: (answers: Answer[]) => Promise<void>
  stop: () => Promise<void>
}

export async function startBare(): Promise<Bare> {
  const child = fork(join(import.meta.dirname, 'bare.ts'))
  const url = String(await messageOf(child))
  const answer = async (answers: Answer[]) => {
    child.send(answers)
    await messageOf(child)
  }
  return { url, pid: child.pid ?? 0, answer, stop: () => end(child, 'SIGKILL') }
}

export type Plain = { url: string; pid: number; stop: () => Promise<void> }

/** The plainest server on a database. */
export async function startPlain(database: string): Promise<Plain> {
  const child = fork(join(import.meta.dirname, 'plain.ts'))
  child.send(database)
  const url = String(await messageOf(child))
  return { url, pid: child.pid ?? 0, stop: () => end(child, 'SIGKILL') }
}

/** One load in a new process. */
export async function generate(load: Load): Promise<Measured> {
  const child = fork(join(import.meta.dirname, 'load.ts'))
  try {
    child.send(load)
    return (await messageOf(child)) as Measured
  } finally {
    await end(child, 'SIGKILL')
  }
}

function messageOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`a bench process ended with code ${code}`))
    child.once('exit', ended)
    child.once('message', (message) => {
      child.off('exit', ended)
      resolve(message)
    })
  })
}

/** Megabytes of a process and all below it. `resident` counts shared pages in each process, `proportional` once. */
export type Memory = { processes: number; resident: number; proportional: number; node: number }

export function memoryOf(pid: number): Memory {
  const pids = withDescendants(pid)
  const sum = (key: string) => pids.reduce((total, one) => total + kilobytes(one, key), 0) / 1024
  return {
    processes: pids.length,
    resident: sum('Rss'),
    proportional: sum('Pss'),
    node: kilobytes(pid, 'Rss') / 1024,
  }
}

function withDescendants(pid: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? read(`/proc/${name}/stat`) : ''
    const [, parent] = /\) \S (\d+)/.exec(stat) ?? []
    if (parent) parents.set(Number(name), Number(parent))
  }
  const found = [pid]
  for (const one of found) for (const [child, parent] of parents) if (parent === one) found.push(child)
  return found
}

function kilobytes(pid: number, key: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Seconds of processor time that Node and the processes below it (PostgreSQL) have used so far. */
export function processorTime(pid: number): { node: number; below: number } {
  const [node = 0, ...below] = withDescendants(pid).map(secondsOf)
  return { node, below: below.reduce((total, one) => total + one, 0) }
}

/**
 * The kernel counts hundredths; from the 12th value after the name on: its own time in user mode and in the kernel, then
 * the same of its children that ended. Without these a connection that PostgreSQL closes would take its time with it.
 */
function secondsOf(pid: number): number {
  const values = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? []
  return values.slice(11, 15).reduce((total, one) => total + Number(one), 0) / 100
}
