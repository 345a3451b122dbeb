import { isUtf8 } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import type { Server as HttpServer } from 'node:http'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import { BadRequest, WrongType } from '#platform/errors.ts'
import { compress } from './compress.ts'
import { answerLate } from './late-answers.ts'
import { refuseForeignOrigin } from './origin.ts'
import type { PageCache } from './page-cache.ts'
import { compileSerializer, compileValidator, registerFormats } from './validation.ts'

export type ServerOptions = {
  log: FastifyBaseLogger
  trustedProxies: readonly string[]
  /** The site's own address when it is set; requests from other origins cannot change anything. */
  baseUrl: string | null
  /** Origins of other sites whose pages may call with a token. */
  corsOrigins: readonly string[]
  headers: Record<string, string>
  /** Finished pages for guests, which are answered before anything else is done. */
  pages: PageCache | null
  /** Answers a request whose address cannot be read: no hook runs for it and no route is found. */
  answerUnreadable: (failure: { error: unknown; request: FastifyRequest; reply: FastifyReply }) => unknown
}

/** The largest request body: the longest post as escaped JSON. */
export const bodyLimit = 1_048_576

export type Server = Awaited<ReturnType<typeof makeServer>>

/** A Fastify server with the rules that hold for every route: limits, time-outs, origin, headers, compression. */
export async function makeServer(options: ServerOptions) {
  registerFormats()
  const server = Fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    // A question of 10,000 Korean characters is 90 kB of address; it is cut later, with a word about it.
    // Node takes the longer of both times for a whole request and the shorter for its head.
    http: { maxHeaderSize: 131_072, headersTimeout: 30_000 },
    trustProxy: options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    // A phone far out in the country takes minutes for a picture.
    requestTimeout: 300_000,
    connectionTimeout: 60_000,
    keepAliveTimeout: 72_000,
    genReqId: requestIds(),
    // The lines that need a request's id name it: a logger for each request costs more than most lines.
    childLoggerFactory: (logger) => logger,
    // A proxy may name the whole address where others name its path (RFC 9112, 3.2.2).
    rewriteUrl: ({ url = '/' }) => (url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*\/?/i, '/')),
    routerOptions: { maxParamLength: 500, ignoreTrailingSlash: true },
    forceCloseConnections: 'idle',
    // What still comes over a kept connection while the server closes is answered; then the connection ends.
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => {
      if (error.code !== 'ECONNRESET' && socket.writable)
        socket.write(refusalText(error.code, options.headers))
      socket.destroy(error)
    },
    frameworkErrors: (error, request, reply) => {
      readChoices(request)
      reply.headers(options.headers)
      options.answerUnreadable({ error, request, reply })
    },
  }).withTypeProvider<TypeBoxTypeProvider>()
  server.setValidatorCompiler(compileValidator)
  server.setSerializerCompiler(compileSerializer)
  parseJson(server)
  await server.register(cookie)
  await server.register(formbody, { bodyLimit })
  server.addHook('preClose', (done) => {
    letGo(server.server)
    done()
  })
  // First, while Node still reads the request.
  answerLate(server)
  options.pages?.attach(server, options.headers)
  server.addHook('onSend', (request, reply, payload, done) => compress({ request, reply }, payload, done))
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers(options.headers)
    refuseForeignOrigin(request, options)
    refusePacked(request)
    done()
  })
  return server
}

/** Nothing here unpacks: a packed body would be called no JSON, or no picture. */
function refusePacked({ headers }: FastifyRequest): void {
  const coding = headers['content-encoding'] ?? 'identity'
  if (coding.toLowerCase() !== 'identity') throw new WrongType('bad-encoding')
}

/** What a reader chose, where no hook has read it. Nobody is asked who they are: no limit has counted this request. */
function readChoices(request: FastifyRequest): void {
  const { language, theme } = request.server.parseCookie(request.headers.cookie ?? '')
  request.cookies = { language, theme }
  request.query = Object.fromEntries(new URLSearchParams(request.url.split('?', 2)[1]))
}

/** Connections that were busy when the server began to close would be kept alive after their answer, and it open with them. */
function letGo(server: HttpServer): void {
  const timer = setInterval(() => server.closeIdleConnections(), 100)
  timer.unref()
  server.once('close', () => clearInterval(timer))
}

/** Many clients name the type of a body also where they send none: an empty one is none. */
function parseJson(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error')
  server.removeContentTypeParser('application/json')
  server.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined)
    else if (isUtf8(body))
      parse(request, body.toString(), (error, value) => done(error && new BadRequest('bad-json'), value))
    else done(new BadRequest('bad-json'))
  })
}

/** The answer to what is no HTTP, too long or too slow: nothing of ours has seen it, so it is written by hand. */
function refusalText(code: string, headers: Record<string, string>): string {
  const [status, reason] =
    code === 'HPE_HEADER_OVERFLOW'
      ? [431, 'Request Header Fields Too Large']
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? [408, 'Request Timeout']
        : [400, 'Bad Request']
  const all = {
    ...headers,
    connection: 'close',
    'content-type': 'text/plain',
    'content-length': String(reason.length),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return `HTTP/1.1 ${status} ${reason}\r\n${lines.join('\r\n')}\r\n\r\n${reason}`
}

/** Different for every request and every start of the program, without asking for random bytes each time. */
function requestIds(): () => string {
  const start = randomBytes(6).toString('base64url')
  let count = 0
  return () => `${start}${(++count).toString(36).padStart(4, '0')}`
}
