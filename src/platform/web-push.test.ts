import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { example, startPush } from '#test/support/push.ts'
import { encryptPush, isPushSubscription, pushIdentity, sendPush } from './web-push.ts'

const now = new Date('2026-11-21T03:00:00Z')

it('encrypts as the example of RFC 8291', () => {
  const { salt, secret, p256dh, auth, body } = example
  const chosen = { salt: Buffer.from(salt), secret: Buffer.from(secret) }
  expect(encryptPush(Buffer.from(example.text), { p256dh, auth }, chosen).toString('base64url')).toBe(body)
})

it('sends what the browser can decrypt, signed for the service', async () => {
  const identity = pushIdentity(randomBytes(32), 'mailto:staff@example.org')
  await using push = await startPush(identity.publicKey)
  const subscription = { endpoint: push.endpoint('abc'), ...push.keys }
  const given = { identity, text: '안녕', topic: 'n1', now, reach: { allowPrivate: true } }
  expect(await sendPush(subscription, given)).toEqual({ ok: true })
  expect(push.received).toMatchObject([{ path: '/abc', text: '안녕', subject: 'mailto:staff@example.org' }])
  expect(push.received[0]?.headers).toMatchObject({
    ttl: '86400',
    topic: 'n1',
    'content-encoding': 'aes128gcm',
  })
  push.status = 410
  expect(await sendPush(subscription, given)).toEqual({ ok: false, gone: true, problem: '410' })
  push.status = 500
  expect(await sendPush(subscription, given)).toEqual({ ok: false, gone: false, problem: '500' })
})

it('connects to no address inside', async () => {
  const identity = pushIdentity(randomBytes(32), 'mailto:staff@example.org')
  await using push = await startPush(identity.publicKey)
  const sent = await sendPush(
    { endpoint: push.endpoint('abc'), ...push.keys },
    { identity, text: 'x', topic: 'n1', now },
  )
  expect(sent).toEqual({ ok: false, gone: false, problem: 'not-public' })
  expect(push.received).toEqual([])
})

it('knows a subscription from what is none', () => {
  const { p256dh, auth } = example
  const good = { endpoint: 'https://push.example/abc', p256dh, auth }
  expect(isPushSubscription(good)).toBe(true)
  for (const bad of [
    { endpoint: 'http://push.example/abc' },
    { endpoint: 'javascript:alert(1)' },
    { endpoint: `https://push.example/${'a'.repeat(1000)}` },
    { p256dh: 'AAAA' },
    { p256dh: Buffer.alloc(65, 4).toString('base64url') },
    { auth: 'AAAA' },
  ])
    expect(isPushSubscription({ ...good, ...bad })).toBe(false)
})
