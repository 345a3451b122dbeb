import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { BadRequest } from '#platform/errors.ts'
import { refuseForeign } from '#platform/http/origin.ts'
import type { Server } from '#platform/http/server.ts'
import type { Web } from '#ui/web.ts'
import { longestFrame } from './frames.ts'
import type { LiveHub } from './hub.ts'
import { LiveSocket } from './socket.ts'

type Upgrade = { response: ServerResponse; socket: Duplex; head: Buffer }

type Opening = { request: FastifyRequest; reply: FastifyReply; viewer: Viewer | null }

/**
 * GET /live. A connection that asks to become a WebSocket goes through the routes like any request, so that limits, keys'
 * scopes and sessions are those of all; the route then takes the connection over.
 */
export function liveRoutes(api: Server, web: Web, hub: LiveHub): void {
  const takeUpgrade = routeUpgrades(api)
  const takeOver = socketServer(hub)
  const schema = {
    tags: ['live'],
    summary: 'WebSocket: subscribe to room:ID, post:ID, posts and me',
    description:
      'Signed in by cookie (of this site\'s own pages), by Authorization, or by a first frame {"token": "..."}. ' +
      'Then frames such as {"subscribe": "room:5", "after": 41}: what is missing comes first, then what is said.',
    response: { 101: Type.Null({ description: 'A WebSocket from here on' }) },
  }
  api.get('/live', { schema }, async (request, reply) => {
    const upgrade = takeUpgrade(request.raw)
    if (!upgrade || !shakesHands(request)) {
      reply.header('sec-websocket-version', '13')
      throw new BadRequest('websocket-only')
    }
    const { baseUrl, corsOrigins } = web.deps.config
    refuseForeign(request, { baseUrl, corsOrigins })
    const viewer = await web.viewer(request)
    takeOver(upgrade, { request, reply, viewer })
  })
}

/** Whether it opens a WebSocket (RFC 6455, 4.2.1): what ws refuses itself is no answer of ours. */
function shakesHands({ headers }: FastifyRequest): boolean {
  const { upgrade = '', 'sec-websocket-key': key = '', 'sec-websocket-version': version = '' } = headers
  return /^websocket$/i.test(upgrade) && /^[\w+/]{22}==$/.test(key) && /^(13|8)$/.test(version)
}

/** Sends upgrades through the routes; gives back what a route asks for to take the connection over. */
function routeUpgrades(api: Server): (request: IncomingMessage) => Upgrade | undefined {
  const upgrades = new WeakMap<IncomingMessage, Upgrade>()
  api.server.on('upgrade', (request, socket, head) => {
    // Called an upgrade by ourselves alone (late-answers.ts).
    if (request.headers.upgrade === undefined) return
    // One that breaks off before it is a WebSocket.
    socket.on('error', ignore)
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(request.socket)
    response.once('finish', () => socket.end())
    upgrades.set(request, { response, socket, head })
    api.routing(request, response)
  })
  return (request) => upgrades.get(request)
}

/** Makes WebSockets of connections and hands them to the hub. */
function socketServer(hub: LiveHub): (upgrade: Upgrade, opening: Opening) => void {
  const server = new WebSocketServer({
    noServer: true,
    WebSocket: LiveSocket,
    maxPayload: longestFrame,
    perMessageDeflate: false,
    clientTracking: false,
  })

  // One function for all of them: each of its own would cost every connection its memory.
  function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
    if (!(this instanceof LiveSocket)) return
    this.alive = true
    if (isBinary || !Buffer.isBuffer(data)) this.refuse('bad-frame', { reason: 'not a text' })
    else hub.receive(this, data.toString())
  }

  function onClose(this: WebSocket): void {
    if (!(this instanceof LiveSocket)) return
    hub.close(this)
    this.below = null
  }

  return ({ response, socket, head }, { request, reply, viewer }) => {
    reply.hijack()
    response.removeAllListeners('finish')
    response.detachSocket(request.raw.socket)
    socket.off('error', ignore)
    server.handleUpgrade(request.raw, socket, head, (opened: LiveSocket) => {
      opened.below = socket
      opened.on('message', onMessage).on('pong', onPong).on('close', onClose).on('error', ignore)
      hub.open(opened, viewer)
    })
  }
}

function onPong(this: WebSocket): void {
  if (this instanceof LiveSocket) this.alive = true
}

/** What is wrong with a connection ends it; there is nobody to tell. */
function ignore(): void {}
