import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import type { Layout } from './layout.ts'
import type { SystemUser } from './system-user.ts'

/** Where clients find the server: the folder of its socket, or a port on 127.0.0.1. */
export type Address = { socketFolder: string } | { port: number }

/** Paths of sockets hold 103 bytes on some systems. */
const longestSocketPath = 100
export const socketName = '.s.PGSQL.5432'
const temporaryPrefix = 'madang-socket-'

/**
 * The places to listen at, best first: a socket in the cluster, a socket in a private temporary folder (for long
 * paths and disks without sockets), a free port of 127.0.0.1. Each is made when it is asked for.
 */
export async function* addresses(layout: Layout, user: SystemUser | null): AsyncGenerator<Address> {
  if (process.platform !== 'win32') {
    if (Buffer.byteLength(join(layout.cluster, socketName)) <= longestSocketPath)
      yield { socketFolder: layout.cluster }
    const folder = mkdtempSync(join(tmpdir(), temporaryPrefix))
    if (user) chownSync(folder, user.uid, user.gid)
    yield { socketFolder: folder }
    rmSync(folder, { recursive: true, force: true })
  }
  for (let tries = 0; tries < 5; tries++) yield { port: await freePort() }
}

/** Removes the temporary folder of a socket; other folders stay. */
export function removeTemporaryFolder(folder: string): void {
  const isOurs = basename(folder).startsWith(temporaryPrefix) && dirname(folder) === resolve(tmpdir())
  if (isOurs) rmSync(folder, { recursive: true, force: true })
}

/** The address in the form that `pg` takes. */
export function urlOf(address: Address, login: { user: string; password: string; database: string }): string {
  const { user, password, database } = login
  const who = `postgres://${user}:${encodeURIComponent(password)}@`
  if ('port' in address) return `${who}127.0.0.1:${address.port}/${database}`
  return `${who}/${database}?host=${encodeURIComponent(address.socketFolder)}&port=5432`
}

/** Whether something listens at the socket: also a server that this machine's process list does not show. */
export function isAnswered(folder: string): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(join(folder, socketName))
    const end = (answered: boolean) => {
      socket.destroy()
      answer(answered)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}

function freePort(): Promise<number> {
  return new Promise((give, fail) => {
    const server = createServer().once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address && typeof address === 'object' ? give(address.port) : fail(new Error('no port')),
      )
    })
  })
}
