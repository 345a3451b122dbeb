import { spawn } from 'node:child_process'
import { join } from 'node:path'

const main = join(import.meta.dirname, '../../src/main.ts')

export type RunningServer = {
  url: string
  /** Sends the signal and waits until the process has ended. */
  end: (signal: 'SIGTERM' | 'SIGKILL') => Promise<void>
} & AsyncDisposable

/**
 * The program itself as its own process on `dataDir`, at a free port and without limits on requests; `settings` are
 * environment values besides.
 */
export async function startServer(
  dataDir: string,
  settings: Record<string, string> = {},
): Promise<RunningServer> {
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE } = process.env
  const cache = NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE } : {}
  const child = spawn(process.execPath, [main], {
    env: { PATH, HOME, ...cache, DATA_DIR: dataDir, PORT: '0', RATE_LIMITS: 'off', ...settings },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stderr.on('data', (data: Buffer) => {
      said += data.toString()
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0]
      if (address) resolve(address)
    })
    child.once('exit', () => reject(new Error(`the server ended:\n${said}`)))
  })
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    child.kill(signal)
    await ended
  }
  return { url, end, [Symbol.asyncDispose]: () => end('SIGTERM') }
}
