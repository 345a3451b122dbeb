import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { onTestFinished, vi } from 'vitest'
import { signal } from './processes.ts'
import { type RunningPostgres, startPostgres } from './server.ts'

// Real servers on a busy machine with a slow disk.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

export const quick = { fsync: 'off' }

/** A temporary folder, removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'madang-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** A data folder made once per file; `copyOf` gives each test its own. */
export async function makeTemplate(): Promise<string> {
  const dataDir = join(mkdtempSync(join(tmpdir(), 'madang-template-')), 'data')
  const server = await startPostgres({ dataDir, log: () => {}, settings: quick })
  await query(server.url, 'CREATE TABLE kept (id int PRIMARY KEY)')
  await query(server.url, 'INSERT INTO kept VALUES (1)')
  await server.stop()
  return dataDir
}

export async function copyOf(template: string, to = join(temporaryFolder(), 'data')): Promise<string> {
  execFileSync('cp', ['-a', template, to])
  return to
}

/** Starts the server of the folder and stops it after the test at the latest. */
export async function started(
  dataDir: string,
  settings: Record<string, string> = quick,
): Promise<{ server: RunningPostgres; says: string[]; pid: () => number }> {
  const says: string[] = []
  const server = await startPostgres({ dataDir, log: (message) => says.push(message), settings })
  onTestFinished(() => server.stop())
  return { server, says, pid: () => postmasterOf(dataDir) }
}

export async function query(url: string, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  try {
    return await client.query(text)
  } finally {
    await client.end().catch(() => {})
  }
}

export function postmasterOf(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])
}

/** Another Node process that starts the server of the folder and says what came of it in its first line. */
export function otherProcess(
  dataDir: string,
  options: { uid?: number; from?: URL; afterwards?: string } = {},
): { child: ChildProcess; outcome: Promise<string> } {
  const server = options.from ?? new URL('./server.ts', import.meta.url)
  const code = `
    const { startPostgres } = await import(${JSON.stringify(server.href)})
    try {
      const server = await startPostgres({ dataDir: ${JSON.stringify(dataDir)}, log: () => {}, settings: { fsync: 'off' } })
      console.log('started ' + server.url)
      ${options.afterwards ?? ''}
      process.stdin.once('end', () => server.stop()).resume()
    } catch (error) {
      console.log(error.name + ' ' + error.message.replaceAll('\\n', ' '))
      process.stdin.destroy()
    }`
  const user = options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    ...user,
    cwd: '/',
    env: { PATH: process.env['PATH'], TMPDIR: tmpdir() },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const outcome = new Promise<string>((resolve) => {
    let output = ''
    child.stdout?.on('data', (chunk) => {
      output += chunk
      if (output.includes('\n')) resolve(output.split('\n')[0] ?? '')
    })
    child.once('exit', (code, name) => resolve(`${output}ended ${code ?? name}`))
  })
  return { child, outcome }
}

export async function until(condition: () => boolean | Promise<boolean>, milliseconds = 8000): Promise<void> {
  const deadline = Date.now() + milliseconds
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('waited too long')
    await sleep(10)
  }
}

/** Kills the process and, so that nothing outlives the test, later the server of the folder. */
export async function kill(child: ChildProcess, dataDir: string): Promise<void> {
  child.kill('SIGKILL')
  await until(() => child.exitCode !== null || child.signalCode !== null)
  onTestFinished(() => {
    if (existsSync(join(dataDir, 'postgres', 'postmaster.pid'))) signal(postmasterOf(dataDir), 'SIGQUIT')
  })
}
