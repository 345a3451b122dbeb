import type { FastifyReply, FastifyRequest } from 'fastify'

const mostRead = 64 * 1024 * 1024

/**
 * What is too large is read to its end and thrown away, so that its sender gets to read the answer: where the connection
 * ends while somebody still sends, they see a broken line. It ends where that would be much, or nobody knows how much.
 */
export function readAway(request: FastifyRequest, reply: FastifyReply): void {
  if (!(Number(request.headers['content-length']) <= mostRead)) return
  reply.removeHeader('connection')
  request.raw.resume()
}
