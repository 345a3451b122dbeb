import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { Redis } from 'ioredis'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** A real Redis of these tests' own; null where none is installed. */
    redisUrl: string | null
  }
}

/** TEST_REDIS_URL's Redis, else one of this machine's redis-server on a free port, without files. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const own = process.env['TEST_REDIS_URL'] ?? null
  const isInstalled = spawnSync('redis-server', ['--version']).status === 0
  const server = own === null && isInstalled ? await startRedis() : null
  project.provide('redisUrl', own ?? server?.url ?? null)
  return async () => {
    if (!server) return
    server.child.kill('SIGTERM')
    await once(server.child, 'exit')
  }
}

/** A Redis without files; on `port` again where one was before. */
export async function startRedis(
  given?: number,
): Promise<{ child: ChildProcess; url: string; port: number }> {
  const port = given ?? (await freePort())
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const child = spawn('redis-server', settings, { stdio: 'ignore' })
  const url = `redis://127.0.0.1:${port}`
  const probe = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: 100 })
  probe.on('error', () => {})
  await probe.ping()
  probe.disconnect()
  return { child, url, port }
}

/** A Redis of one file's own: it is killed and started again. */
export class OwnRedis {
  #running: Awaited<ReturnType<typeof startRedis>> | null = null
  port: number | undefined

  async start(): Promise<void> {
    this.#running = await startRedis(this.port)
    this.port = this.#running.port
  }

  async kill(): Promise<void> {
    const child = this.#running?.child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}
