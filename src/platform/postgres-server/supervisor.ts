import { setTimeout as sleep } from 'node:timers/promises'
import { boundLog, type Postmaster } from './postmaster.ts'
import { signal } from './processes.ts'

export type Supervised = { stop(): Promise<void> }

/** Servers that run now: a Madang that ends without stopping them (an error, exit) tells them to stop. */
const running = new Set<number>()
process.on('exit', () => {
  for (const pid of running) signal(pid, 'SIGINT')
})

/**
 * Keeps a started server running: whenever it ends without being told to, it is launched again, after waits
 * that double from 0.1 to 10 seconds while launching fails. Clients find it at the same address.
 */
export function keepRunning(options: {
  first: Postmaster
  relaunch: (signal: AbortSignal) => Promise<Postmaster>
  log: (message: string) => void
  logFile: string
}): Supervised {
  const stopping = new AbortController()
  let current: Postmaster | null = options.first
  const watching = watch()
  const bounding = setInterval(() => boundLog(options.logFile), 60_000).unref()

  async function watch(): Promise<void> {
    while (current) {
      running.add(current.pid)
      const { pid, ended } = current
      const how = await Promise.race([ended, aborted(stopping.signal)])
      if (stopping.signal.aborted) return
      running.delete(pid)
      options.log(`PostgreSQL ended ${how}; starting it again`)
      current = await launchAgain({ ...options, signal: stopping.signal })
      if (current) options.log('PostgreSQL runs again')
    }
  }

  return {
    async stop() {
      stopping.abort()
      clearInterval(bounding)
      await watching
      if (!current) return
      await current.stop()
      running.delete(current.pid)
    },
  }
}

/** Null when it was told to stop before a launch worked. */
async function launchAgain(options: {
  relaunch: (signal: AbortSignal) => Promise<Postmaster>
  log: (message: string) => void
  signal: AbortSignal
}): Promise<Postmaster | null> {
  for (let wait = 100; !options.signal.aborted; wait = Math.min(wait * 2, 10_000)) {
    try {
      return await options.relaunch(options.signal)
    } catch (error) {
      if (options.signal.aborted) return null
      options.log(`${error instanceof Error ? error.message : error}\nTrying again in ${wait / 1000} s`)
      await sleep(wait, undefined, { signal: options.signal, ref: false }).catch(() => {})
    }
  }
  return null
}

function aborted(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('')
    signal.addEventListener('abort', () => resolve(''), { once: true })
  })
}
