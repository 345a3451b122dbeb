import { once } from 'node:events'
import type { FastifyReply, FastifyRequest } from 'fastify'

const mostRead = 64 * 1024 * 1024
const patience = 5000

/**
 * What is too large is read to its end and thrown away before it is answered, so that its sender gets to read the answer:
 * where the connection ends while somebody still sends, they see a broken line. It ends where that would be much, or
 * nobody knows how much; a slow sender is answered after five seconds.
 */
export async function readAway({ raw, headers }: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (!(Number(headers['content-length']) <= mostRead) || raw.readableEnded || raw.destroyed) return
  reply.removeHeader('connection')
  const end = once(raw, 'end', { signal: AbortSignal.timeout(patience) }).catch(() => {})
  raw.resume()
  await end
}
