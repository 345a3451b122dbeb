import { hash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { TaggedStore } from '#platform/cache-store.ts'
import { namesTag } from './conditions.ts'
import { type Encoding, encodingFor, pack } from './encodings.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The page may be kept for guests. */
    kept?: Kept
  }
  interface FastifyRequest {
    building: Building | null
  }
}

/** The query parameters that a page knows, in the order in which its links write them; null: its schema says which values. */
export type Kept = Readonly<Record<string, readonly string[] | null>>

export type PageCacheOptions = {
  mostBytes: number
  clock: () => Date
  /**
   * What of a guest's request, beside its address, the page depends on, from a small set of values; null for requests
   * that are no guest's. Must be what the page itself goes by.
   */
  variantOf: (request: FastifyRequest) => string | null
  /** The latest moment until which a page made at `now` may be shown. */
  lasts: (now: Date) => Date
  watch?: PageCacheWatch
}
export type PageCacheWatch = { onHit?: () => void; onMiss?: () => void }

type KeptPage = {
  key: string
  etag: string
  headers: Record<string, string>
  body: Buffer
  packed: Map<Encoding, Packed>
  aliases: number
}
/** `lines`: the headers, one after the other, as Node writes them fastest. */
type Packed = { body: Buffer; headers: Record<string, string>; lines: string[] }

function packedAs(body: Buffer, given: Record<string, string>): Packed {
  const headers = { ...given, 'content-length': String(body.length) }
  return { body, headers, lines: Object.entries(headers).flat() }
}

/** A page that is being made and may be kept. */
class Building {
  readonly key: string
  readonly since: number
  readonly tags = new Set<string>()
  readonly done: Promise<KeptPage | null>
  settle: (page: KeptPage | null) => void = () => {}
  constructor(key: string, since: number) {
    this.key = key
    this.since = since
    this.done = new Promise((resolve) => {
      this.settle = resolve
    })
  }
}

/** What a route knows: the parameters of its schema, and `others` where they have one of these values. */
export function kept(query: { properties: object } | undefined, others: Kept): Kept {
  const own = Object.keys(query?.properties ?? {}).map((name): [string, null] => [name, null])
  return { ...Object.fromEntries(own), ...others }
}

/** Says what the page of this request depends on. One of which nothing is said is not kept. */
export function dependsOn(request: FastifyRequest, tags: Iterable<string>): void {
  if (request.building) for (const tag of tags) request.building.tags.add(tag)
}

/**
 * The address of a page that may be kept, as its own links write it: its path, and of the query what its route knows.
 * Null when a known parameter has no plain value.
 */
export function ownAddress(request: FastifyRequest): string | null {
  const { config, url = '' } = request.routeOptions
  if (!config?.kept) return null
  const params = fieldsOf(request.params)
  const path = url.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(String(params.get(name)).normalize('NFC')),
  )
  const given = fieldsOf(request.query)
  let query = ''
  for (const [name, values] of Object.entries(config.kept)) {
    const value = given.get(name)
    if (value === undefined || (values && !values.some((one) => one === value))) continue
    if (typeof value !== 'string') return null
    query += `${query ? '&' : '?'}${name}=${encodeURIComponent(value)}`
  }
  return path + query
}

function fieldsOf(value: unknown): Map<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
}

/** So many ways of writing an address lead to a page without being read anew. */
const mostAliases = 4
const longestAddress = 1000
const longestAlias = 300
/** Of an answer's headers those that are the same for everybody; the rest (limits, origins) belongs to one request. */
const sharedHeaders = [
  'content-type',
  'cache-control',
  'content-language',
  'last-modified',
  'link',
  'x-robots-tag',
]

/**
 * Whole pages for guests, from memory: made once for many who ask at once, packed once for each encoding, dropped by
 * what they depend on. Knows nothing of what the pages are.
 */
export class PageCache {
  readonly store: TaggedStore<KeptPage>
  readonly #options: PageCacheOptions
  readonly #addresses: Map<string, string>
  readonly #building = new Map<string, Building>()
  #safeHeaders: Record<string, string> = {}
  constructor(options: PageCacheOptions) {
    this.#options = options
    this.store = new TaggedStore(options.mostBytes)
    this.#addresses = new Map()
  }

  drop(tags: readonly string[]): void {
    if (tags.length === 0) return
    this.store.drop(tags)
    // Whoever asks from now on must not be given what was read before.
    this.#building.clear()
  }

  dropAll(): void {
    this.store.dropAll()
    this.#building.clear()
    this.#addresses.clear()
  }

  /** To be called before any other hook but the one that reads cookies. `headers` go with every answer. */
  attach(server: FastifyInstance, headers: Record<string, string>): void {
    this.#safeHeaders = headers
    server.decorateRequest('building', null)
    server.addHook('onRequest', (request, reply, done) => {
      if (!this.#mayAnswer(request)) return done()
      const variant = this.#options.variantOf(request)
      if (variant === null) return done()
      const page = this.#known(variant, request.url)
      if (page) this.#answer(page, { request, reply })
      else this.#find(variant, { request, reply }).then((answered) => answered || done(), done)
    })
    server.addHook('onSend', (request, reply, payload, done) => {
      const { building } = request
      if (!building) return done(null, payload)
      this.#keep(building, { request, reply }, payload).then(
        (sent) => done(null, sent),
        () => {
          building.settle(null)
          done(null, payload)
        },
      )
    })
    server.addHook('onResponse', (request, _reply, done) => {
      if (request.building) this.#end(request.building, null)
      done()
    })
  }

  /** Pages of another site's script (`Origin`) get headers of their own; they and all but reading pass by. */
  #mayAnswer({ raw: { method, headers, url = '' } }: FastifyRequest): boolean {
    return (
      (method === 'GET' || method === 'HEAD') && headers.origin === undefined && url.length <= longestAddress
    )
  }

  /** The shortest way: an address that was asked for before, letter by letter. */
  #known(variant: string, url: string): KeptPage | undefined {
    const nowMs = this.#options.clock().getTime()
    const key = variant + url
    return this.store.get(this.#addresses.get(key) ?? key, nowMs)
  }

  /** Another way of writing a known address, or one that is being made now; else the request goes on and makes it. */
  async #find(variant: string, { request, reply }: Exchange): Promise<boolean> {
    const address = ownAddress(request)
    if (address === null) return false
    const key = variant + address
    const page = this.store.get(key, this.#options.clock().getTime())
    if (page) {
      this.#learn(page, variant, request)
      this.#answer(page, { request, reply })
      return true
    }
    if (request.method === 'HEAD') return false
    const other = this.#building.get(key)
    if (other) {
      const made = await other.done
      if (!made) return false
      this.#answer(made, { request, reply })
      return true
    }
    this.#options.watch?.onMiss?.()
    request.building = new Building(key, this.store.moment)
    this.#building.set(key, request.building)
    return false
  }

  /** Only addresses without unknown parameters: of those there is no end. */
  #learn(page: KeptPage, variant: string, request: FastifyRequest): void {
    const { kept = {} } = request.routeOptions.config
    if (page.aliases >= mostAliases || request.url.length > longestAlias) return
    for (const [name, value] of fieldsOf(request.query)) {
      // A parameter may be called as what every object has.
      const values = Object.hasOwn(kept, name) ? kept[name] : undefined
      if (values === undefined || (values && !values.some((one) => one === value))) return
    }
    if (this.#addresses.size > 20_000) this.#addresses.clear()
    page.aliases++
    this.#addresses.set(variant + request.url, page.key)
  }

  #end(building: Building, page: KeptPage | null): void {
    if (this.#building.get(building.key) === building) this.#building.delete(building.key)
    building.settle(page)
  }

  /** Keeps what was made if it may be kept, and gives it to all who wait. @returns what to send */
  async #keep(building: Building, { request, reply }: Exchange, payload: unknown): Promise<unknown> {
    const body = typeof payload === 'string' ? Buffer.from(payload) : payload
    if (!Buffer.isBuffer(body) || !mayKeep(reply) || building.tags.size === 0) {
      this.#end(building, null)
      return payload
    }
    const page = this.#pageOf(building.key, reply, body)
    const now = this.#options.clock()
    this.store.set(page.key, {
      value: page,
      size: body.length + 1500,
      until: this.#options.lasts(now).getTime(),
      tags: [...building.tags],
      since: building.since,
    })
    this.#end(building, page)
    const encoding = encodingFor(request.headers['accept-encoding'])
    const packed = page.packed.get(encoding) ?? (await this.#pack(page, encoding))
    reply.headers(packed.headers)
    return packed.body
  }

  #pageOf(key: string, reply: FastifyReply, body: Buffer): KeptPage {
    const headers: Record<string, string> = { ...this.#safeHeaders }
    for (const name of sharedHeaders) {
      const value = reply.getHeader(name)
      if (value !== undefined) headers[name] = String(value)
    }
    const etag = `W/"${hash('sha256', body, 'base64url').slice(0, 22)}"`
    Object.assign(headers, { etag, vary: 'Cookie, Accept-Language, Accept-Encoding' })
    const packed = new Map<Encoding, Packed>([['identity', packedAs(body, headers)]])
    return { key, etag, headers, body, packed, aliases: 0 }
  }

  readonly #packing = new WeakMap<KeptPage, Map<Encoding, Promise<Packed>>>()

  #pack(page: KeptPage, encoding: Encoding): Promise<Packed> {
    const running = this.#packing.get(page) ?? new Map<Encoding, Promise<Packed>>()
    this.#packing.set(page, running)
    const known = running.get(encoding)
    if (known) return known
    const packing = this.#packNow(page, encoding)
    running.set(encoding, packing)
    return packing
  }

  async #packNow(page: KeptPage, encoding: Encoding): Promise<Packed> {
    // What fits into one packet is sent as it is.
    const isShort = encoding === 'identity' || page.body.length < 1400
    const packed = isShort
      ? packedAs(page.body, page.headers)
      : packedAs(await pack(page.body, encoding), { ...page.headers, 'content-encoding': encoding })
    page.packed.set(encoding, packed)
    if (!isShort) this.store.grow(page.key, packed.body.length)
    return packed
  }

  #answer(page: KeptPage, { request, reply }: Exchange): void {
    this.#options.watch?.onHit?.()
    const encoding = encodingFor(request.headers['accept-encoding'])
    const packed = page.packed.get(encoding)
    reply.hijack()
    if (packed) write(packed, page, { request, reply })
    else {
      this.#pack(page, encoding).then(
        (made) => write(made, page, { request, reply }),
        () => write(packedAs(page.body, page.headers), page, { request, reply }),
      )
    }
  }
}

type Exchange = { request: FastifyRequest; reply: FastifyReply }

function write(packed: Packed, page: KeptPage, { request, reply }: Exchange): void {
  const { raw } = reply
  const asked = request.headers['if-none-match']
  const { 'last-modified': changed } = page.headers
  const isSame =
    asked === undefined
      ? changed !== undefined && request.headers['if-modified-since'] === changed
      : namesTag(asked, page.etag)
  if (isSame) {
    raw.writeHead(304, page.headers)
    raw.end()
    return
  }
  raw.writeHead(200, packed.lines)
  if (request.method === 'HEAD') raw.end()
  else raw.end(packed.body)
}

function mayKeep(reply: FastifyReply): boolean {
  return (
    reply.statusCode === 200 &&
    !reply.hasHeader('set-cookie') &&
    !reply.hasHeader('content-encoding') &&
    !String(reply.getHeader('cache-control') ?? '').includes('no-store')
  )
}
