import type { Config } from '#config/config.ts'
import { createFirstBoards } from '#modules/site/setup.ts'
import { paths } from '#paths.ts'
import { giveMemoryBack } from '#platform/memory.ts'
import { noteAddress } from '#platform/running.ts'
import { startWeb } from './roles/web.ts'
import { type Started, start } from './start.ts'

/** Longest time for a clean stop; then the process ends anyway. */
const stopLimit = 10_000

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

/**
 * Resolves at the first SIGINT or SIGTERM. A second one (pressed again, or sent to npm and to us) ends a start that hangs,
 * but no stop: that is bounded, and would leave the database running.
 */
function untilStopped(): { stopped: Promise<string>; startEnded: () => void } {
  const { promise, resolve } = Promise.withResolvers<string>()
  let starts = true
  let told = 0
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (++told > 1 && starts) process.exit(1)
      resolve(signal)
    })
  return {
    stopped: promise,
    startEnded: () => {
      starts = false
    },
  }
}

/** Starts the roles of `config` and runs until SIGINT or SIGTERM. `prepare` works on the site before it answers. */
export async function serve(config: Config, prepare?: (started: Started) => Promise<void>): Promise<void> {
  const { stopped, startEnded } = untilStopped()
  await using stack = new AsyncDisposableStack()
  const started = stack.use(await start(config, { borrow: false }))
  await prepare?.(started)
  await createFirstBoards(started.deps.db, config.defaultLanguage)
  if (config.roles.includes('worker') && !config.safeMode) {
    const { startWorker } = await import('./roles/worker.ts')
    stack.use(await startWorker(started.deps, started.database))
  }
  if (config.roles.includes('web')) {
    const web = stack.use(await startWeb(started.deps))
    stack.use(noteAddress(config.dataDir, web.address))
    say(`\n  마당 Madang  ${web.address}\n`)
    if (started.setupToken)
      say(
        `  First time here? Make yourself the administrator:\n  ${web.address}${paths.setup(started.setupToken)}\n`,
      )
  }
  if (!config.roles.includes('web'))
    say('\n  마당 Madang  works on jobs and listens nowhere (ROLES=worker)\n')
  if (config.safeMode)
    say(
      '  Safe mode: no jobs, no sign-ups, settings as delivered. Start without SAFE_MODE when it is repaired.',
    )
  // After the first pages, which whoever started it waits for.
  setTimeout(giveMemoryBack, 2000).unref()
  startEnded()
  const signal = await stopped
  started.deps.log.info({ signal }, 'stopping')
  // A connection that never ends must not keep a stop from ending.
  setTimeout(() => process.exit(1), stopLimit).unref()
}
