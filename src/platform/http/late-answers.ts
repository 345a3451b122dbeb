import { type Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply } from 'fastify'

/** What a request waits for, when it is let go of. */
export type Awaited = {
  /** Called when nobody waits any longer: the client went away. */
  leave: () => void
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The query parameter by which a request says that it waits long for its answer. */
    waitsBy?: string
  }
  interface FastifyRequest {
    /** What the request waited for, when it comes to its route for the second time; null at the first. */
    awaited: Awaited | null
  }
  interface FastifyReply {
    /**
     * Lets go of a request that has to wait, so that only its connection is kept. Who called returns the reply and, once
     * there is something to say, calls `resume`: the request comes to its route again, with `request.awaited`.
     *
     * @returns null where this cannot be done: then the route waits itself
     */
    letGo: (awaited: Awaited) => (() => void) | null
  }
}

/** A connection that Node gave away. */
type Held = {
  awaited: Awaited | null
  /** Between two requests. */
  isIdle: boolean
  /** What came after the request, before it was answered. */
  early: Buffer
}

const nothing = Buffer.alloc(0)
const headEnd = Buffer.from('\r\n\r\n')
/** Bytes of the next requests that are kept while one waits. */
const mostEarly = 131_072

/**
 * Requests that wait long, such as long polls. Node's HTTP server keeps 14 kB for each of them; for one that asks for an
 * upgrade it keeps nothing and gives the connection away. So a request that says it waits is called an upgrade
 * while its head is read. Its connection rests here and goes back to Node's server with the first byte of its next request.
 *
 * Where Node does not give it away (requests sent in one go, also in part, HTTP/1.0, "connection: close"), it is answered
 * as any other.
 */
export function answerLate(server: FastifyInstance): void {
  const connections = new Connections(server)
  server.decorateRequest('awaited', null)
  server.decorateReply('letGo', function (this: FastifyReply, awaited: Awaited) {
    return connections.letGo(this, awaited)
  })
  server.addHook('onRequest', (request, reply, done) => {
    const { waitsBy } = request.routeOptions.config
    if (waitsBy && Object.hasOwn(Object(request.query), waitsBy)) {
      request.awaited = connections.awaitedBy(request.raw)
      if (!request.awaited) connections.ask(request.raw, reply.raw)
    }
    done()
  })
  server.addHook('preClose', (done) => {
    connections.close()
    done()
  })
}

/**
 * Whether what Node just reads ends with this request's head. Of the beginning of a next one, that came with it, Node
 * would tell nobody.
 */
function endsWhatIsRead(socket: Socket): boolean {
  const parser: unknown = Reflect.get(socket, 'parser')
  const get: unknown = Reflect.get(Object(parser), 'getCurrentBuffer')
  const read: unknown = typeof get === 'function' ? get.call(parser) : null
  return Buffer.isBuffer(read) && read.subarray(-4).equals(headEnd)
}

/** Nothing follows its head. */
function isPlain({ method, httpVersion, headers }: IncomingMessage): boolean {
  const { upgrade, 'content-length': length, 'transfer-encoding': encoding } = headers
  return method === 'GET' && httpVersion === '1.1' && (upgrade ?? length ?? encoding) === undefined
}

class Connections {
  readonly #server: HttpServer
  readonly #route: FastifyInstance['routing']
  readonly #asked = new WeakMap<IncomingMessage, ServerResponse>()
  readonly #awaited = new WeakMap<IncomingMessage, Awaited>()
  readonly #held = new Map<Socket, Held>()
  // One set of functions for all: each of its own would cost every connection its memory.
  readonly #listeners: { [event: string]: (this: Socket, chunk: Buffer) => void }
  #isClosing = false

  constructor(server: FastifyInstance) {
    this.#server = server.server
    this.#route = server.routing
    const connections = this
    this.#listeners = {
      data(chunk) {
        connections.#hear(this, chunk)
      },
      end() {
        this.end()
      },
      timeout() {
        this.destroy()
      },
      error() {
        this.destroy()
      },
      close() {
        connections.#held.get(this)?.awaited?.leave()
        connections.#held.delete(this)
      },
    }
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      const response = this.#asked.get(request)
      if (response) this.#take(response, socket, head)
    })
  }

  awaitedBy(request: IncomingMessage): Awaited | null {
    return this.#awaited.get(request) ?? null
  }

  /** Has Node give the connection away. A response that has none yet stands behind another one's. */
  ask(request: IncomingMessage, response: ServerResponse): void {
    if (!isPlain(request) || !response.shouldKeepAlive || response.socket === null) return
    if (!endsWhatIsRead(request.socket)) return
    this.#asked.set(request, response)
    Object.assign(request, { upgrade: true })
  }

  #take(response: ServerResponse, socket: Socket, head: Buffer): void {
    this.#held.set(socket, { awaited: null, isIdle: false, early: head.length > 0 ? head : nothing })
    for (const [event, listener] of Object.entries(this.#listeners)) socket.on(event, listener)
    response.once('finish', () => this.#rest(socket))
  }

  letGo(reply: FastifyReply, awaited: Awaited): (() => void) | null {
    const { socket, url, headers } = reply.request.raw
    const held = this.#held.get(socket)
    if (!held) return null
    reply.hijack()
    reply.raw.detachSocket(socket)
    held.awaited = awaited
    return () => this.#resume(socket, { url, headers })
  }

  /** Asks again what was asked. */
  #resume(socket: Socket, { url, headers }: Pick<IncomingMessage, 'url' | 'headers'>): void {
    const held = this.#held.get(socket)
    if (!held?.awaited || !socket.writable) return
    const request = new IncomingMessage(socket)
    Object.assign(request, { method: 'GET', url, headers, complete: true })
    Object.assign(request, { httpVersion: '1.1', httpVersionMajor: 1, httpVersionMinor: 1 })
    request.push(null)
    this.#awaited.set(request, held.awaited)
    held.awaited = null
    const response = new ServerResponse(request)
    response.assignSocket(socket)
    response.once('finish', () => {
      response.detachSocket(socket)
      this.#rest(socket)
    })
    this.#route(request, response)
  }

  /** Its request is answered. */
  #rest(socket: Socket): void {
    const held = this.#held.get(socket)
    if (!held || !socket.writable) return
    held.isIdle = true
    if (this.#isClosing) socket.end()
    else if (held.early.length > 0) this.#giveBack(socket, held.early)
    else socket.setTimeout(this.#server.keepAliveTimeout)
  }

  #hear(socket: Socket, chunk: Buffer): void {
    const held = this.#held.get(socket)
    if (!held) return
    if (held.isIdle) this.#giveBack(socket, chunk)
    else if (held.early.length + chunk.length > mostEarly) socket.destroy()
    else held.early = Buffer.concat([held.early, chunk])
  }

  /** To Node's server, which reads the next request. */
  #giveBack(socket: Socket, chunk: Buffer): void {
    this.#held.delete(socket)
    for (const [event, listener] of Object.entries(this.#listeners)) socket.off(event, listener)
    this.#server.emit('connection', socket)
    socket.unshift(chunk)
  }

  /** Connections without request would keep the server open. */
  close(): void {
    this.#isClosing = true
    for (const [socket, held] of this.#held) if (held.isIdle) socket.end()
  }
}
