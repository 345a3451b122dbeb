import type { Server } from 'node:http'

/** Where a site is reached: BASE_URL, else this machine's address. Never from a request, whose sender could choose the host. */
export function siteAddress(at: { baseUrl: string | null; host: string; port: number }): string {
  if (at.baseUrl) return at.baseUrl
  const everywhere = at.host === '0.0.0.0' || at.host === '::'
  const name = everywhere ? 'localhost' : at.host.includes(':') ? `[${at.host}]` : at.host
  return `http://${name}:${at.port}`
}

/** The port that a server listens at; PORT may have left it open. Null before it listens. */
export function portOf(server: Server): number | null {
  const bound = server.address()
  return typeof bound === 'object' && bound !== null ? bound.port : null
}
