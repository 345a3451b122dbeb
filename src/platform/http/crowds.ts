import type { FastifyInstance, FastifyRequest } from 'fastify'
import { TooMany } from '#platform/errors.ts'
import { addressKey } from './limits.ts'

export type CrowdOptions = {
  /** Pages that one network of guests may have in the making at once. */
  atOnce: number
  onRefused: () => void
}

/** Seconds after which to try again: a page takes a fraction of one. */
const retryAfter = 2

declare module 'fastify' {
  interface FastifyRequest {
    /** The network for which this page is being made. */
    crowd: string | null
  }
}

/**
 * Lets each network of guests have so many pages in the making at once. Who reads stays far below it, and so does a
 * whole school behind one address, because most of what it asks for is finished already; who fetches ten thousand
 * pages from one place after the other waits for their own and not for the members'.
 */
export class Crowds {
  readonly #options: CrowdOptions
  readonly #making = new Map<string, number>()
  constructor(options: CrowdOptions) {
    this.#options = options
  }

  /** Networks that have pages in the making. */
  get count(): number {
    return this.#making.size
  }

  attach(server: FastifyInstance): void {
    server.decorateRequest('crowd', null)
    // Also for those who went away: what was begun for them is made to its end.
    server.addHook('onSend', (request, _reply, _payload, done) => {
      this.#leave(request)
      done()
    })
    server.addHook('onResponse', (request, _reply, done) => {
      this.#leave(request)
      done()
    })
  }

  /** Counts a page that is made for a guest, until it is answered. @throws TooMany */
  enter(request: FastifyRequest): void {
    const network = networkOf(request.ip)
    const making = this.#making.get(network) ?? 0
    if (making >= this.#options.atOnce) {
      this.#options.onRefused()
      throw new TooMany('too-many', retryAfter)
    }
    this.#making.set(network, making + 1)
    request.crowd = network
  }

  #leave(request: FastifyRequest): void {
    const network = request.crowd
    if (network === null) return
    request.crowd = null
    const making = this.#making.get(network) ?? 0
    if (making > 1) this.#making.set(network, making - 1)
    else this.#making.delete(network)
  }
}

/** The /24 of an IPv4 address, the /64 of an IPv6 one: what one host of machines gives out together. */
export function networkOf(address: string): string {
  const key = addressKey(address)
  return key.includes(':') ? key : key.replace(/\.\d+$/, '')
}
