import { type Config, loadConfig } from '#config/config.ts'
import { type Started, start } from '#start.ts'

export const say = (text: string) => process.stdout.write(`${text}\n`)

/** Runs a command beside a running server on the same folder, or with a database of its own. */
export async function withSite(work: (site: Started, config: Config) => Promise<void>): Promise<void> {
  const config = loadConfig({ LOG_LEVEL: 'warn' })
  await using site = await start(config, { borrow: true })
  await work(site, config)
}

/** Aborted at the first Ctrl-C: long work stops at its next safe point. */
export function interruption(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort())
  return controller.signal
}
