import { Socket } from 'node:net'
import { Readable } from 'node:stream'
import type { Multipart, MultipartFile } from '@fastify/multipart'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { BadRequest, Invalid, refuse } from '#platform/errors.ts'
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

type FormSent = Sent & { filename: string; rest: () => Promise<void> }

/** The same for the picture of a form (`multipart/form-data`, field `image`), whose other fields stand before or after it. */
export async function takeFormUpload<T>(taking: Taking, work: (sent: FormSent) => Promise<T>): Promise<T> {
  const { request, limit } = taking
  bePatient(request)
  // A form adds the names of its fields and little else.
  const declared = declaredLength(request)
  try {
    if (declared !== null && declared > limit + 100_000) throw tooLarge(limit)
    const parts = request.isMultipart() ? request.parts() : null
    // Browsers say how long a form is. What stands around its parts is counted by nobody.
    if (parts && declared === null) throw new BadRequest('bad-request')
    const part = parts && (await nextFile(parts))
    if (!part) throw new Invalid('image-type')
    try {
      refuseOthers(part)
      // What browsers send of a field in which nothing was chosen.
      if (part.filename === '') throw new Invalid('image-missing')
      const rest = async () => {
        await nextFile(parts)
        refuseOthers(part)
      }
      return await work({ source: part.file, declared: null, filename: part.filename, rest })
    } catch (error) {
      part.file.resume()
      throw error
    }
  } catch (error) {
    letGo(taking, request.raw)
    throw error
  }
}

/** The next file of a form; undefined at its end. @throws BadRequest for what is no form, too much of one, or breaks off */
async function nextFile(parts: AsyncIterator<Multipart>): Promise<MultipartFile | undefined> {
  for (;;) {
    const { done, value } = await parts.next().catch(() => {
      throw new BadRequest('bad-request')
    })
    if (done || value.type === 'file') return value
  }
}

/** @throws Invalid for each field, known by now, that no form with a picture has */
function refuseOthers({ fields }: MultipartFile): void {
  const strange = Object.keys(fields).filter((name) => name !== 'image')
  refuse(strange.map((name) => ({ field: name.slice(0, 60), code: 'unknown' })))
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
