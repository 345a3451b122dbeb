import { execFile } from 'node:child_process'
import { lstatSync, readFileSync, statSync } from 'node:fs'
import { lchown, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { PostgresProblem } from './problem.ts'

/** Another user, as whom PostgreSQL runs. */
export type SystemUser = { name: string; uid: number; gid: number }

const ownName = 'madang-postgres'

/**
 * The user for PostgreSQL: null (ourselves) unless we are root, as whom it refuses to run. For root the owner
 * of an existing cluster, else our own system user, made when missing, else `postgres` or `nobody`.
 * @throws PostgresProblem when root finds none of them
 */
export async function chooseSystemUser(
  cluster: string,
  log: (message: string) => void,
): Promise<SystemUser | null> {
  if (process.getuid?.() !== 0) return null
  const owner = ownerOf(cluster)
  const user =
    (owner > 0 ? findUser((user) => user.uid === owner) : null) ?? named(ownName) ?? (await create(log))
  if (user) return user
  const spare = named('postgres') ?? named('nobody')
  if (!spare) {
    throw new PostgresProblem(
      `PostgreSQL does not run as root, and no system user for it could be made.\nRun: useradd --system ${ownName}; or start Madang as an ordinary user; or set DATABASE_URL.`,
    )
  }
  log(`No system user ${ownName} could be made: PostgreSQL runs as ${spare.name}`)
  return spare
}

/** Gives a folder with all it holds to the user; links are not followed. Does nothing without another user. */
export async function giveTo(user: SystemUser | null, path: string): Promise<void> {
  if (!user) return
  await lchown(path, user.uid, user.gid)
  if (!lstatSync(path).isDirectory()) return
  for (const name of await readdir(path)) await giveTo(user, join(path, name))
}

/** The owner's number, -1 when the path does not exist. */
export function ownerOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.uid ?? -1
}

async function create(log: (message: string) => void): Promise<SystemUser | null> {
  const options = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent']
  try {
    await promisify(execFile)('useradd', [...options, '--shell', '/usr/sbin/nologin', ownName])
    log(`Made the system user ${ownName}, as whom PostgreSQL runs because root may not`)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    // Another process may be making it at this moment.
    for (let tries = 0; tries < 10 && !named(ownName); tries++) await sleep(100)
  }
  return named(ownName)
}

function named(name: string): SystemUser | null {
  return findUser((user) => user.name === name)
}

function findUser(matches: (user: SystemUser) => boolean): SystemUser | null {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [name = '', , uid, gid] = line.split(':')
    const user = { name, uid: Number(uid), gid: Number(gid) }
    if (user.uid > 0 && user.gid >= 0 && matches(user)) return user
  }
  return null
}
