import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import { makeTestApp, type TestApp } from '#test/support/app.ts'

/** `GET /p/:id`, as the program registered it. */
export type RouteName = string

/** The whole app and every route in it: noted as each is registered, so that none can hide. HEAD goes with GET. */
export async function makeAppWithRoutes(
  options?: Parameters<typeof makeTestApp>[0],
): Promise<{ site: TestApp; routes: RouteName[] }> {
  const routes = new Set<RouteName>()
  const watch = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) if (one !== 'HEAD') routes.add(`${one} ${url}`)
    })
  }
  subscribe('fastify.initialization', watch)
  try {
    return { site: await makeTestApp(options), routes: [...routes].sort() }
  } finally {
    unsubscribe('fastify.initialization', watch)
  }
}
