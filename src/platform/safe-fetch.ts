import { lookup as systemLookup } from 'node:dns/promises'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'

export type FetchOptions = {
  /** Lets the host of this very address be private. Only where the operator typed it; redirects elsewhere must be public. */
  allowPrivate?: boolean
  /** GET unless told. What is posted goes to the first address alone: `maxRedirects: 0` belongs to it. */
  method?: 'GET' | 'POST'
  body?: Buffer
  headers?: Record<string, string>
  /** For everything, redirects and body included. */
  timeoutMs?: number
  /** Of the body as unpacked. */
  maxBytes?: number
  maxRedirects?: number
  signal?: AbortSignal
  /** All addresses of a name; the system's resolver unless told. */
  resolve?: (name: string) => Promise<string[]>
}

export type FetchOutcome =
  | { ok: true; url: string; status: number; headers: Record<string, string>; body: Buffer }
  | { ok: false; reason: FetchFailure; detail: string }
type FetchFailure =
  | 'bad-address'
  | 'not-public'
  | 'unreachable'
  | 'timeout'
  | 'too-large'
  | 'too-many-redirects'
  | 'stopped'

class Failed extends Error {
  override readonly name = 'Failed'
  readonly reason: FetchFailure
  constructor(reason: FetchFailure, detail: string) {
    super(detail)
    this.reason = reason
  }
}

/**
 * Gets an address that a person or a feed chose. Public addresses only: checked for the very address that is connected
 * to, again at every redirect. What goes wrong outside is an outcome, not an exception; so is any status.
 */
export async function safeFetch(address: string, options: FetchOptions = {}): Promise<FetchOutcome> {
  const limit = AbortSignal.timeout(options.timeoutMs ?? 15_000)
  const signal = options.signal ? AbortSignal.any([limit, options.signal]) : limit
  const first = URL.parse(address)
  try {
    let url = checkAddress(first, address)
    for (let hop = 0; hop <= (options.maxRedirects ?? 5); hop++) {
      const allowPrivate = options.allowPrivate === true && url.host === first?.host
      const response = await get(url, { ...options, allowPrivate, signal })
      const location = response.headers.location
      if (!isRedirect(response.statusCode) || location === undefined) {
        return {
          ok: true,
          ...(await readAnswer(url, response, { maxBytes: options.maxBytes ?? 5_000_000, signal })),
        }
      }
      response.destroy()
      url = checkAddress(URL.parse(location, url), location)
    }
    return { ok: false, reason: 'too-many-redirects', detail: address }
  } catch (error) {
    return explain(error, { limit, stopped: options.signal })
  }
}

function explain(
  error: unknown,
  signals: { limit: AbortSignal; stopped: AbortSignal | undefined },
): FetchOutcome {
  if (error instanceof Failed) return { ok: false, reason: error.reason, detail: error.message }
  if (signals.stopped?.aborted) return { ok: false, reason: 'stopped', detail: 'stopped' }
  if (signals.limit.aborted) return { ok: false, reason: 'timeout', detail: 'no answer in time' }
  const cause = error instanceof AggregateError ? error.errors[0] : error
  return { ok: false, reason: 'unreachable', detail: cause instanceof Error ? cause.message : String(cause) }
}

function checkAddress(url: URL | null, typed: string): URL {
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) throw new Failed('bad-address', typed)
  if (url.username || url.password) throw new Failed('bad-address', 'an address with a user name is refused')
  return url
}

function isRedirect(status: number | undefined): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308
}

type GetOptions = FetchOptions & { allowPrivate: boolean; signal: AbortSignal }

function get(url: URL, options: GetOptions): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  // For a literal address nothing is looked up, so it is checked here.
  if (isIP(host) !== 0 && !options.allowPrivate && !isPublic(host)) {
    return Promise.reject(new Failed('not-public', `${host} is not a public address`))
  }
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const request: ClientRequest = send(url, {
      method: options.method ?? 'GET',
      agent: false,
      signal: options.signal,
      lookup: checkedLookup(options),
      headers: { 'user-agent': 'Madang', 'accept-encoding': 'gzip, br, deflate', ...options.headers },
    })
    request.on('response', resolve)
    request.on('error', reject)
    request.end(options.body)
  })
}

/** Resolves a name for the connection itself, so that no second answer can slip in between check and use. */
function checkedLookup(options: GetOptions): LookupFunction {
  const resolve = options.resolve ?? resolveAll
  return (name, asked, callback) => {
    resolve(name)
      .then((found) => {
        const allowed = options.allowPrivate ? found : found.filter(isPublic)
        const [first] = allowed
        if (first === undefined) throw new Failed('not-public', `${name} has no public address`)
        if (asked.all)
          callback(
            null,
            allowed.map((address) => ({ address, family: isIP(address) })),
          )
        else callback(null, first, isIP(first))
      })
      .catch((error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), ''))
  }
}

async function resolveAll(name: string): Promise<string[]> {
  return (await systemLookup(name, { all: true })).map((found) => found.address)
}

type Answer = { url: string; status: number; headers: Record<string, string>; body: Buffer }

async function readAnswer(
  url: URL,
  response: IncomingMessage,
  limits: { maxBytes: number; signal: AbortSignal },
): Promise<Answer> {
  const chunks: Buffer[] = []
  let bytes = 0
  const stop = () => response.destroy(new Error('stopped'))
  limits.signal.addEventListener('abort', stop, { once: true })
  try {
    for await (const chunk of unpack(response)) {
      const part = Buffer.from(chunk)
      bytes += part.length
      if (bytes > limits.maxBytes) throw new Failed('too-large', `more than ${limits.maxBytes} bytes`)
      chunks.push(part)
    }
  } finally {
    limits.signal.removeEventListener('abort', stop)
    response.destroy()
  }
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return { url: url.href, status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks) }
}

function unpack(response: IncomingMessage): AsyncIterable<Uint8Array> {
  const unpacker = unpackerFor(response.headers['content-encoding'])
  if (!unpacker) return response
  response.on('error', (error) => unpacker.destroy(error))
  return response.pipe(unpacker)
}

function unpackerFor(encoding: string | undefined) {
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip()
  if (encoding === 'br') return createBrotliDecompress()
  return encoding === 'deflate' ? createInflate() : null
}

// Everything that IANA's special-purpose registries do not give to the public Internet.
const closed = new BlockList()
const closedV4 =
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4'
for (const range of closedV4.split(' ')) addRange(range, 'ipv4')
const open = new BlockList()
open.addSubnet('2000::', 3, 'ipv6')
for (const range of ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']) addRange(range, 'ipv6')

function addRange(range: string, family: 'ipv4' | 'ipv6'): void {
  const [network = '', bits] = range.split('/')
  closed.addSubnet(network, Number(bits), family)
}

/** Whether an IP address belongs to the public Internet; IPv4 written as IPv6 is judged as IPv4. */
export function isPublic(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !closed.check(address, 'ipv4')
  if (family !== 6) return false
  return open.check(address, 'ipv6') && !closed.check(address, 'ipv6')
}
