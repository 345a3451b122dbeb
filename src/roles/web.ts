import { buildApp } from '#app.ts'
import type { Deps } from '#ui/web.ts'

export type WebRole = { address: string } & AsyncDisposable

/** Answers requests at HOST and PORT until disposed: then takes no new ones and finishes those that run. */
export async function startWeb(deps: Deps): Promise<WebRole> {
  const app = await buildApp(deps)
  await app.listen({ port: deps.config.port, host: deps.config.host })
  const bound = app.server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : deps.config.port
  const { host } = deps.config
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  const address = deps.config.baseUrl ?? `http://${shown}:${port}`
  return { address, [Symbol.asyncDispose]: () => app.close() }
}
