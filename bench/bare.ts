import Fastify from 'fastify'
import type { Answer } from './messages.ts'

/**
 * The measure beside which Madang is read: a Fastify server without hooks that sends back the very bytes and headers
 * that Madang sent. The answers come by message; the port goes back. What it has no answer for waits, as a long poll does.
 */
const server = Fastify({ logger: false })
type Ready = Omit<Answer, 'body'> & { body: Buffer }
const answers = new Map<string, Ready>()
let other: Ready | undefined

server.all('/*', (request, reply) => {
  const answer = answers.get(request.url) ?? other
  if (!answer) return new Promise(() => {})
  reply.code(answer.status).headers(answer.headers)
  return reply.send(answer.body)
})

process.on('message', (given: Answer[]) => {
  answers.clear()
  const ready = given.map((answer) => ({ ...answer, body: Buffer.from(answer.body, 'base64') }))
  for (const answer of ready) answers.set(answer.path, answer)
  other = ready[0]
  process.send?.('ready')
})

await server.listen({ port: 0, host: '127.0.0.1' })
const address = server.server.address()
if (typeof address === 'object' && address) process.send?.(`http://127.0.0.1:${address.port}`)
