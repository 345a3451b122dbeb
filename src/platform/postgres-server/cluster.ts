import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { chmod, mkdir, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Layout } from './layout.ts'
import { explainOutput, PostgresProblem } from './problem.ts'
import { type Program, runProgram } from './program.ts'
import { newPassword, readPassword, writePassword } from './secrets.ts'
import { madangConf, postgresqlConf } from './settings.ts'
import { giveTo, ownerOf, type SystemUser } from './system-user.ts'

export type Work = {
  layout: Layout
  program: Program
  user: SystemUser | null
  log: (message: string) => void
}

/**
 * Makes PGDATA ready for a start: initialised when there is none, of our version, ours to read, with our settings
 * and a known password. No server may run on it.
 * @throws PostgresProblem when the folder is no cluster, or of another major version
 */
export async function prepareCluster(
  work: Work,
  { durable }: { durable: boolean },
): Promise<{ password: string; isNew: boolean }> {
  await removeDrafts(placeOf(work.layout))
  if (isAbsent(work.layout.cluster)) return { password: await initialise(work, { durable }), isNew: true }
  checkVersion(work)
  await takeOwnership(work)
  await writeSettings(work)
  return { password: readPassword(work.layout) ?? (await resetPassword(work)), isNew: false }
}

/** How PostgreSQL's programs name the folder they stand in. */
export function asWorkingFolder(folder: string, user: SystemUser | null): string {
  // The other user may not be able to walk down to the folder (a checkout in /root), but it starts inside it:
  // Linux lets a process use its working folder by this name whatever the folders above allow.
  return user && existsSync('/proc/self/cwd') ? '/proc/self/cwd' : folder
}

/** initdb into a folder beside, then a rename: whoever is killed in between leaves a draft, never half a cluster. */
async function initialise(work: Work, { durable }: { durable: boolean }): Promise<string> {
  const { layout, program, user } = work
  work.log('Setting up the database (first start)')
  const password = readPassword(layout) ?? newPassword()
  writePassword(layout, password)
  const place = placeOf(layout)
  const draft = `${place}.new-${randomBytes(4).toString('hex')}`
  const folder = join(draft, 'data')
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeFile(join(draft, 'password'), `${password}\n`, { mode: 0o600 })
    await giveTo(user, draft)
    const args = [`--pgdata=${asWorkingFolder(folder, user)}`, '--pwfile=../password', ...initOptions]
    const { code, output } = await runProgram(program.initdb, {
      args: durable ? args : [...args, '--no-sync'],
      cwd: folder,
      user,
    })
    if (code !== 0) throw explainOutput(output, { folder: layout.dataDir, log: layout.log })
    await writeFile(join(folder, 'postgresql.conf'), postgresqlConf, { flush: true })
    await writeFile(join(folder, 'madang.conf'), madangConf(program), { flush: true, mode: 0o600 })
    await giveTo(user, join(folder, 'madang.conf'))
    if (existsSync(place)) await rmdir(place)
    await rename(folder, place)
    syncFolder(dirname(place))
  } finally {
    await rm(draft, { recursive: true, force: true, maxRetries: 5 })
  }
  return password
}

const initOptions = [
  '--username=postgres',
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--auth=scram-sha-256',
  '--data-checksums',
  // A small site's log fits into few of these; the usual 16 MB are written full at the first start.
  '--wal-segsize=4',
  '--no-instructions',
]

/** What a killed first start left; an initdb that still runs there fails without harm. */
async function removeDrafts(place: string): Promise<void> {
  const prefix = `${basename(place)}.new-`
  for (const name of readdirSync(dirname(place))) {
    if (!name.startsWith(prefix)) continue
    await rm(join(dirname(place), name), { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Where the cluster really lies: operators may put a link to another disk. One that leads nowhere is no first start. */
function placeOf({ cluster }: Layout): string {
  if (existsSync(cluster)) return realpathSync(cluster)
  if (!lstatSync(cluster, { throwIfNoEntry: false })) return cluster
  throw new PostgresProblem(
    `${cluster} is a link to ${readlinkSync(cluster)}, which is not there (a disk that is not mounted?).\nMount it, or make an empty folder there.`,
  )
}

function isAbsent(cluster: string): boolean {
  const stat = statSync(cluster, { throwIfNoEntry: false })
  if (!stat) return true
  if (!stat.isDirectory()) {
    throw new PostgresProblem(`${cluster} is a file where the database's folder belongs.\nMove it away.`)
  }
  return readdirSync(cluster).length === 0
}

function checkVersion({ layout, program }: Work): void {
  const file = join(layout.cluster, 'PG_VERSION')
  if (!existsSync(file)) {
    throw new PostgresProblem(
      `${layout.cluster} holds something that is no PostgreSQL database (no PG_VERSION in it).\nMove it away, or set DATA_DIR to another folder.`,
    )
  }
  const found = readFileSync(file, 'utf8').trim()
  if (found === String(program.major)) return
  throw new PostgresProblem(
    `The database in ${layout.cluster} was made by PostgreSQL ${found}, this Madang brings PostgreSQL ${program.major}; nothing was changed.\n` +
      `Run a PostgreSQL ${found} on that folder and set DATABASE_URL to it, or go back to the Madang that made it; to begin anew, move the folder away and restore a backup.`,
  )
}

async function takeOwnership({ layout, user, log }: Work): Promise<void> {
  if (user && ownerOf(layout.cluster) !== user.uid) {
    log(`Giving ${layout.cluster} to the user ${user.name}`)
    await giveTo(user, placeOf(layout))
  }
  if (statSync(layout.cluster).mode & 0o077) chmodSync(layout.cluster, 0o700)
}

async function writeSettings({ layout, program, user }: Work): Promise<void> {
  const path = join(layout.cluster, 'madang.conf')
  const conf = madangConf(program)
  if (existsSync(path) && readFileSync(path, 'utf8') === conf) return
  await writeFile(`${path}.new`, conf, { mode: 0o600, flush: true })
  await chmod(`${path}.new`, 0o600)
  await giveTo(user, `${path}.new`)
  await rename(`${path}.new`, path)
}

/** Whoever owns the files owns the database: a lost password is replaced, with the server off, by its owner. */
async function resetPassword(work: Work): Promise<string> {
  const { layout, program, user } = work
  const password = newPassword()
  work.log(`${layout.password} is missing: setting a new password`)
  const { code, output } = await runProgram(program.postgres, {
    args: ['--single', '-D', asWorkingFolder(layout.cluster, user), 'postgres'],
    cwd: layout.cluster,
    user,
    input: `ALTER ROLE postgres PASSWORD '${password}'\nALTER ROLE madang PASSWORD '${password}'\n`,
  })
  if (code !== 0) throw explainOutput(output, { folder: layout.cluster, log: layout.log })
  writePassword(layout, password)
  return password
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
