import { Socket } from 'node:net'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Invalid, refuse } from '#platform/errors.ts'
import { tooLarge } from './intake.ts'

type Taking = { request: FastifyRequest; reply: FastifyReply; limit: number }
type Sent = { source: Readable; declared: number | null }

/** Past this many times the limit, what is still on its way is not waited for. */
const patience = 4

/** Milliseconds without a byte in either direction: many pictures may wait for the decoder before this one. */
const quiet = 300_000

/** Hands the stream of a request whose body is the picture to `work`, and lets go of it when that refuses. */
export async function takeUpload<T>(taking: Taking, work: (sent: Sent) => Promise<T>): Promise<T> {
  const { body } = taking.request
  const source = body instanceof Readable ? body : Readable.from([])
  bePatient(taking.request)
  try {
    return await work({ source, declared: declaredLength(taking.request) })
  } catch (error) {
    letGo(taking, source)
    throw error
  }
}

/** The same for the picture of a form (`multipart/form-data`, field `image`). */
export async function takeFormUpload<T>(
  taking: Taking,
  work: (sent: Sent & { filename: string }) => Promise<T>,
): Promise<T> {
  const { request, limit } = taking
  bePatient(request)
  // A form adds the names of its fields and little else.
  const declared = declaredLength(request)
  try {
    if (declared !== null && declared > limit + 100_000) throw tooLarge(limit)
    const part = request.isMultipart() ? await request.file() : undefined
    if (!part) throw new Invalid('image-type')
    try {
      const strange = Object.keys(part.fields).filter((name) => name !== 'image')
      refuse(strange.map((name) => ({ field: name.slice(0, 60), code: 'unknown' })))
      // What browsers send of a field in which nothing was chosen.
      if (part.filename === '') throw new Invalid('image-missing')
      return await work({ source: part.file, declared: null, filename: part.filename })
    } catch (error) {
      part.file.resume()
      throw error
    }
  } catch (error) {
    letGo(taking, request.raw)
    throw error
  }
}

function bePatient({ raw }: FastifyRequest): void {
  if (raw.socket instanceof Socket) raw.socket.setTimeout(quiet)
}

function declaredLength(request: FastifyRequest): number | null {
  const declared = request.headers['content-length']
  return declared !== undefined && /^\d{1,15}$/.test(declared) ? Number(declared) : null
}

/**
 * What was refused is read to its end and thrown away, so that the sender gets to read the answer; the connection ends
 * where that would be much, or nobody knows how much.
 */
function letGo({ request, reply, limit }: Taking, source: Readable): void {
  const declared = declaredLength(request)
  if (declared === null || declared > limit * patience) reply.header('connection', 'close')
  source.resume()
}
