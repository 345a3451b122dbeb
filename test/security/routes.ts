import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import type { PageForm } from '#platform/http/forms.ts'
import { makeTestApp, type TestApp } from '#test/support/app.ts'

/** `GET /p/:id`, as the program registered it. */
export type RouteName = string

/** The whole app, every route in it and the forms of its pages: noted as each is registered, so that none can hide. HEAD goes with GET. */
export async function makeAppWithRoutes(
  options?: Parameters<typeof makeTestApp>[0],
): Promise<{ site: TestApp; routes: RouteName[]; forms: Map<RouteName, PageForm> }> {
  const routes = new Set<RouteName>()
  const forms = new Map<RouteName, PageForm>()
  const watch = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', ({ method, url, config }) => {
      for (const one of [method].flat()) if (one !== 'HEAD') routes.add(`${one} ${url}`)
      if (config?.form) forms.set(`POST ${url}`, config.form)
    })
  }
  subscribe('fastify.initialization', watch)
  try {
    return { site: await makeTestApp(options), routes: [...routes].sort(), forms }
  } finally {
    unsubscribe('fastify.initialization', watch)
  }
}
