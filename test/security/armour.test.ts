import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer, TestApp } from '#test/support/app.ts'
import { addressOf, makeScene, readGates, type Scene, send } from './gates.ts'
import { makeAppWithRoutes } from './routes.ts'

let site: TestApp
let scene: Scene
beforeAll(async () => {
  ;({ site } = await makeAppWithRoutes({ env: { CORS_ORIGINS: 'https://app.example' } }))
  scene = await makeScene(site)
})
afterAll(() => site[Symbol.asyncDispose]())

function expectArmour({ headers, statusCode }: Pick<Answer, 'headers' | 'statusCode'>, what: string): void {
  const policy = String(headers['content-security-policy'])
  expect(policy, what).not.toMatch(/unsafe-eval|\*|https?:/)
  if (!what.includes('/api/docs')) {
    expect(policy, what).toMatch(/default-src 'none'/)
    expect(policy, what).not.toContain('unsafe-inline')
  }
  expect(policy, what).toMatch(/frame-ancestors 'none'|sandbox/)
  expect(headers, `${what} ${statusCode}`).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': expect.stringContaining('camera=()'),
  })
}

test('every route’s answer wears it: pages, JSON, assets, redirects, refusals', async () => {
  const seen = new Set<number>()
  for (const row of readGates().values()) {
    for (const actor of [site.guest, scene.cast.stranger, scene.cast.administrator]) {
      if (row.method !== 'GET' && actor !== site.guest) continue
      const answer = await send(row, scene, { actor, asset: site.deps.assets.css })
      expectArmour(answer, row.route)
      seen.add(answer.statusCode)
    }
  }
  expect([...seen].sort()).toEqual(expect.arrayContaining([200, 301, 303, 401, 403, 404, 422]))
})

test('so do answers that no route gives: nothing there, a wrong method, an unreadable address, a preflight, a fault', async () => {
  const requests = [
    { url: '/nowhere' },
    { url: '/api/v1/nowhere' },
    { method: 'PUT', url: '/' },
    { method: 'HEAD', url: '/' },
    { url: '/p/%zz' },
    { url: '/b/%E0%A4%A' },
    {
      method: 'OPTIONS',
      url: '/api/v1/posts',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
    },
    { method: 'POST', url: '/api/v1/sessions', headers: { origin: 'https://evil.example' }, payload: {} },
    {
      method: 'POST',
      url: '/api/v1/sessions',
      headers: { 'content-type': 'application/json' },
      payload: '{',
    },
    { method: 'POST', url: '/sign-in', headers: { 'content-type': 'text/nonsense' }, payload: 'x' },
  ] as const
  for (const request of requests) expectArmour(await site.app.inject(request), JSON.stringify(request))
})

test('and what Node itself refuses, below every route', async () => {
  const address = await site.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = new URL(address)
  for (const sent of [
    'NONSENSE\r\n\r\n',
    `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(140_000)}\r\n\r\n`,
  ]) {
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(sent))
      let answer = ''
      socket
        .on('data', (chunk) => (answer += chunk))
        .on('end', () => resolve(answer))
        .on('error', reject)
    })
    expect(text).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(text.toLowerCase()).toContain("content-security-policy: default-src 'none'")
    expect(text).not.toMatch(/at .*:\d+|node:/)
  }
})

describe('a page', () => {
  test('makes markup by one policy alone, which its scripts know by the same name', async () => {
    const policy = String((await site.guest.page('/')).headers['content-security-policy'])
    expect(policy).toContain("require-trusted-types-for 'script'; trusted-types madang")
    expect(policy).toMatch(/script-src 'self' 'sha256-[\w+/=]+';/)
  })

  test('S28 asks no other host for anything, whatever members put into it', async () => {
    const { author } = scene.cast
    const body =
      '![p](https://tracker.example/p.gif) <img src=//tracker.example> <link rel=stylesheet href=//t.example>'
    const board = await site.board()
    const post = await site.post(author, board, { body })
    await author.api('POST', `/posts/${post.id}/comments`, { body })
    await author.api('PATCH', '/me', { about: body })
    const found: string[] = []
    for (const url of [
      `/p/${post.id}/a-post`,
      `/m/${author.name}`,
      '/',
      '/api/docs',
      `/p/${post.id}/history/1`,
    ]) {
      const page = (await author.page(url)).body
      const asked =
        /<(?:img|script|link|iframe|source|video|audio|object|embed|use|form)\b[^>]*?\b(?:src|href|srcset|data|action|poster)="([^"]*)"/g
      // What says where a page is, is never fetched for it.
      const loaded = page.replace(/<link rel="(?:canonical|alternate)"[^>]*>/g, '')
      for (const [, to = ''] of loaded.matchAll(asked))
        if (!/^(\/(?!\/)|#|data:image|\.\/)/.test(to)) found.push(`${url}: ${to}`)
      expect(page).not.toMatch(/style="|@import|url\(/)
    }
    expect(found).toEqual([])
  })

  test('is a page alone: the API’s own description has a policy of its own, without other hosts', async () => {
    const address = addressOf('/api/docs', scene, '')
    const { headers } = await site.guest.page(address)
    expect(headers['content-security-policy']).toContain("default-src 'self'")
    expect(headers['content-security-policy']).not.toContain('trusted-types')
  })
})
