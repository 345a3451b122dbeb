import { loadConfig } from '#config/config.ts'
import { WrongSetting } from '#config/env.ts'
import { paths } from '#paths.ts'
import { MigrationProblem } from '#platform/migrations.ts'
import { PostgresProblem } from '#platform/postgres-server/server.ts'
import { startWeb } from './roles/web.ts'
import { start } from './start.ts'

/** Longest time for a clean stop; then the process ends anyway. */
const stopLimit = 10_000

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Resolves at the first SIGINT or SIGTERM. */
function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal))
  })
}

async function serve(): Promise<void> {
  const stopped = untilStopped()
  const config = loadConfig()
  await using stack = new AsyncDisposableStack()
  const started = stack.use(await start(config, { borrow: false }))
  if (config.roles.includes('worker')) {
    const { startWorker } = await import('./roles/worker.ts')
    stack.use(await startWorker(started.deps, started.database))
  }
  if (config.roles.includes('web')) {
    const web = stack.use(await startWeb(started.deps))
    say(`\n  마당 Madang  ${web.address}\n`)
    if (started.setupToken) say(`  First time here? Make yourself the administrator:\n  ${web.address}${paths.setup(started.setupToken)}\n`)
  }
  const signal = await stopped
  started.deps.log.info({ signal }, 'stopping')
  // A connection that never ends must not keep a stop from ending.
  setTimeout(() => process.exit(1), stopLimit).unref()
}

try {
  await serve()
} catch (error) {
  process.exitCode = 1
  const readable = error instanceof WrongSetting || error instanceof PostgresProblem || error instanceof MigrationProblem
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    say(`The port is taken: another program listens there. Choose another one, for example PORT=3001 npm start`)
  } else say(readable ? error.message : String(error instanceof Error ? error.stack : error))
}
