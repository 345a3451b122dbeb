import { pipeline, Readable } from 'node:stream'
import { createGzip, gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Bytes below which packing costs more than it saves: what fits into one packet anyway. */
const threshold = 1400
/**
 * Pages are packed anew for each reader, so time counts: gzip 4 takes a third of the time of Brotli 3 and leaves as
 * little. A smaller window spares the memory that is got and given back each time, for one percent of size.
 */
const options = { level: 4, windowBits: 14, memLevel: 7 }
const packable = /^(?:text\/|application\/(?:[\w.+-]+\+)?(?:json|xml|javascript)|image\/svg)/
const refused = /\bgzip\s*;\s*q=0(?:\.0*)?(?:\s*,|\s*$)/

type Exchange = { request: FastifyRequest; reply: FastifyReply }
type Done = (error: Error | null, payload?: unknown) => void

/** For an onSend hook: packs what is text and long enough for clients that take gzip, off the main thread. */
export function compress({ request, reply }: Exchange, payload: unknown, done: Done): void {
  if (isLong(payload) && isPackable(reply)) {
    varyByEncoding(reply)
    const accepted = request.headers['accept-encoding'] ?? ''
    if (accepted.includes('gzip') && !refused.test(accepted)) {
      reply.header('content-encoding', 'gzip').removeHeader('content-length')
      if (payload instanceof Readable) done(null, pack(payload))
      else gzip(payload, options, (error, packed) => done(error, packed))
      return
    }
  }
  done(null, payload)
}

function isLong(payload: unknown): payload is string | Buffer | Readable {
  if (typeof payload === 'string' || Buffer.isBuffer(payload)) return payload.length >= threshold
  return payload instanceof Readable
}

function isPackable(reply: FastifyReply): boolean {
  return packable.test(String(reply.getHeader('content-type') ?? '')) && !reply.hasHeader('content-encoding')
}

function pack(stream: Readable): Readable {
  const packed = createGzip(options)
  // A stream that fails ends the packed one, which ends the answer.
  pipeline(stream, packed, () => {})
  return packed
}

function varyByEncoding(reply: FastifyReply): void {
  const vary = reply.getHeader('vary')
  if (vary === undefined) reply.header('vary', 'Accept-Encoding')
  else if (!/\baccept-encoding\b/i.test(String(vary)))
    reply.header('vary', `${String(vary)}, Accept-Encoding`)
}
