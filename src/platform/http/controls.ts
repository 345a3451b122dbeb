import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { refuse } from '#platform/errors.ts'
import { controlErrors } from '#platform/text.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Control characters are left out of its text instead of refused: it is still being typed, or in the middle of talk. */
    cleansText?: boolean
  }
}

/** A program that sends control characters is told where. What forms hold is looked at where they are shown again. */
export function refuseControls(api: FastifyInstance): void {
  api.addHook('preHandler', (request, _reply, done) => {
    const { body } = request
    const { config, schema } = request.routeOptions
    // A picture comes as a stream, which leads to its socket and back to itself; what no schema asked for may be of any depth.
    const isText = schema?.body !== undefined && !(body instanceof Readable)
    if (isText && !config.cleansText) refuse(controlErrors(body))
    done()
  })
}
