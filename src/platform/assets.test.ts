import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import fastify from 'fastify'
import { describe, expect, test } from 'vitest'
import { loadAssets, registerAssets } from './assets.ts'

const assets = loadAssets()
const server = fastify()
registerAssets(server, assets)

describe('assets', () => {
  test('the stylesheet is kept for a year and comes packed', async () => {
    const answer = await server.inject({ url: assets.css, headers: { 'accept-encoding': 'gzip, br' } })
    expect(answer.headers).toMatchObject({
      'content-encoding': 'br',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
    })
    const zipped = await server.inject({ url: assets.css, headers: { 'accept-encoding': 'gzip' } })
    expect(gunzipSync(zipped.rawPayload)).toEqual(brotliDecompressSync(answer.rawPayload))
  })

  test('browser modules come without types, at the addresses of the import map', async () => {
    const map = assets.importMapHtml.text
    const [, address = ''] = /"\/assets\/main\.ts":"([^"]+)"/.exec(map) ?? []
    expect(assets.module('main')).toBe(address)
    const answer = await server.inject({ url: address })
    expect(answer.headers['content-type']).toContain('text/javascript')
    expect(answer.body).not.toContain('import type')
    expect(assets.cspHash).toMatch(/^'sha256-[\w+/]+=*'$/)
  })

  test('fonts, icons and the favicon are there, other names are not', async () => {
    const css = (await server.inject({ url: assets.css })).body
    const [, font = ''] = /url\((kr-118[^)]+)\)/.exec(css) ?? []
    expect((await server.inject({ url: `/assets/${font}` })).headers['content-type']).toBe('font/woff2')
    expect((await server.inject({ url: '/favicon.ico' })).headers['content-type']).toBe('image/svg+xml')
    for (const url of ['/assets/none.css', '/assets/..%2f..%2fpackage.json', '/assets/%00']) {
      expect((await server.inject({ url })).statusCode).toBeGreaterThanOrEqual(400)
    }
    expect(css).not.toContain('../icons')
  })

  test('a name that is not there is a mistake of ours', () => {
    expect(() => assets.module('none')).toThrow('none')
    expect(() => assets.icon('none.svg')).toThrow('none')
  })
})
