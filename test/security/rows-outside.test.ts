import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { safeFetch } from '#platform/safe-fetch.ts'

let server: Server
let port: number
let asked = 0
beforeAll(async () => {
  server = createServer((_request, response) => {
    asked++
    response.end('inside')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const at = server.address()
  port = typeof at === 'object' && at !== null ? at.port : 0
})
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())))

const inside = [
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '0',
  '10.0.0.1',
  '100.64.0.1',
  '169.254.169.254',
  '172.16.0.1',
  '192.168.0.1',
  '192.0.0.8',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '127.1',
  '[::1]',
  '[::]',
  '[::ffff:7f00:1]',
  '[::ffff:127.0.0.1]',
  '[fc00::1]',
  '[fe80::1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '[2001:0:7f00:1::]',
  '[ff02::1]',
  '[100::1]',
  '１２７.0.0.1',
  '127。0。0。1',
]
test.each(inside)('S24 nothing inside is reached, however it is written: %s', async (host) => {
  const found = await safeFetch(`http://${host}:${port}/`)
  expect(found).toMatchObject({ ok: false, reason: expect.stringMatching(/^(not-public|bad-address)$/) })
})

test('S24 names that lead inside are not followed: localhost, with a dot too', async () => {
  for (const name of ['localhost', 'localhost.', 'LOCALHOST'])
    expect(await safeFetch(`http://${name}:${port}/`)).toMatchObject({ ok: false })
  expect(asked).toBe(0)
})

test('S25 a name that is public when it is looked at and private when it is used is asked once, and that answer is used', async () => {
  let questions = 0
  const resolve = async () => (++questions === 1 ? ['127.0.0.1'] : ['93.184.216.34'])
  const refused = await safeFetch(`http://rebind.example:${port}/`, { resolve })
  expect(refused).toMatchObject({ ok: false, reason: 'not-public' })
  expect(questions).toBe(1)
  const mixed = await safeFetch(`http://mixed.example:${port}/`, {
    resolve: async () => ['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1'],
  })
  expect(mixed).toMatchObject({ ok: false, reason: 'not-public' })
  expect(asked).toBe(0)
})
