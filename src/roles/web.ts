import { buildApp } from '#app.ts'
import { portOf, siteAddress } from '#platform/address.ts'
import type { Deps } from '#ui/web.ts'

export type WebRole = { address: string } & AsyncDisposable

/** Answers requests at HOST and PORT until disposed: then takes no new ones and finishes those that run. */
export async function startWeb(deps: Deps): Promise<WebRole> {
  const app = await buildApp(deps)
  await app.listen({ port: deps.config.port, host: deps.config.host })
  const address = siteAddress({ ...deps.config, port: portOf(app.server) ?? deps.config.port })
  return { address, [Symbol.asyncDispose]: () => app.close() }
}
