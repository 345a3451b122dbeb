import type { RouteOptions } from 'fastify'
import type { Server } from './server.ts'

/** Which methods each address takes, of every route that is registered from here on. */
export function rememberMethods(server: Server): (path: string) => string[] {
  const known = new Map<string, { pattern: RegExp; methods: Set<string> }>()
  server.addHook('onRoute', ({ method, url }: RouteOptions) => {
    // Answers everything, such as another origin's question before its request.
    if (url === '*' || url === '/*') return
    const route = known.get(url) ?? { pattern: patternOf(url), methods: new Set() }
    for (const one of [method].flat()) route.methods.add(one)
    known.set(url, route)
  })
  return (path) => {
    const methods = new Set<string>()
    for (const route of known.values())
      if (route.pattern.test(path)) for (const one of route.methods) methods.add(one)
    return [...methods].sort()
  }
}

/** A route's template as a pattern of paths: `/b/:slug` fits `/b/yard` and `/b/yard/`. */
function patternOf(template: string): RegExp {
  const source = template
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/:\w+/g, '[^/]+')
  return new RegExp(`^${source}/?$`)
}
