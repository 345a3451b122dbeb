import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import Fastify from 'fastify'
import { describe, expect, test } from 'vitest'
import { compress } from './compress.ts'

const text = '마당에서 만나요. '.repeat(200)

async function answer(options: {
  accept?: string
  type?: string
  body?: unknown
  headers?: Record<string, string>
}) {
  const server = Fastify()
  server.addHook('onSend', (request, reply, payload, done) => compress({ request, reply }, payload, done))
  server.get('/', async (_request, reply) => {
    reply.headers(options.headers ?? {}).type(options.type ?? 'text/html; charset=utf-8')
    return reply.send(options.body ?? text)
  })
  const headers = options.accept === undefined ? {} : { 'accept-encoding': options.accept }
  return server.inject({ url: '/', headers })
}

describe('packing answers', () => {
  test.each(['gzip', 'gzip, deflate, br', 'br;q=1, gzip;q=0.5'])('packs for %s', async (accept) => {
    const packed = await answer({ accept })
    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(packed.rawPayload).toString()).toBe(text)
    expect(packed.headers['content-length']).toBe(String(packed.rawPayload.length))
  })

  test.each(['', 'br', 'identity', 'gzip;q=0', 'gzip; q=0.0, identity'])(
    'leaves it to %j as it is',
    async (accept) => {
      const plain = await answer({ accept })
      expect(plain.headers['content-encoding']).toBeUndefined()
      expect(plain.body).toBe(text)
      expect(plain.headers['vary']).toBe('Accept-Encoding')
    },
  )

  test('leaves short answers, pictures and what is packed already', async () => {
    const accept = 'gzip'
    expect((await answer({ accept, body: 'short' })).headers['content-encoding']).toBeUndefined()
    expect((await answer({ accept, type: 'image/webp' })).headers['content-encoding']).toBeUndefined()
    const packed = await answer({ accept, headers: { 'content-encoding': 'br' } })
    expect(packed.headers['content-encoding']).toBe('br')
  })

  test('adds to what the answer varies by, once', async () => {
    const kept = await answer({ accept: 'gzip', headers: { vary: 'Cookie, Accept-Language' } })
    expect(kept.headers['vary']).toBe('Cookie, Accept-Language, Accept-Encoding')
    const named = await answer({ accept: 'gzip', headers: { vary: 'accept-encoding' } })
    expect(named.headers['vary']).toBe('accept-encoding')
  })

  test('packs a stream without knowing its length', async () => {
    const packed = await answer({ accept: 'gzip', body: Readable.from([text, text]) })
    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(packed.rawPayload).toString()).toBe(text + text)
  })
})
