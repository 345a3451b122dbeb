import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type {} from '@fastify/swagger' // adds `hide` to route schemas
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { NotFound } from './errors.ts'
import { hangulFaces } from './font-faces.ts'
import { type Html, raw } from './html.ts'
import { stripTypes } from './strip-types.ts'

/** Everything a page loads besides itself, under addresses that change with the content. */
export type Assets = {
  /** Address of the one stylesheet. */
  css: string
  /** Address of `src/browser/NAME.ts`, types stripped. @throws Error when there is no such module. */
  module: (name: string) => string
  /** Addresses of all modules. */
  modules: readonly string[]
  /** Address of a file of `public/icons`, with its ending. @throws Error when there is none. */
  icon: (name: string) => string
  /** Links that fetch the Hangul pieces together with the stylesheet: pages in Korean use them all. */
  hangulHtml: Html
  /** The import map for pages that load modules. */
  importMapHtml: Html
  /** The code of the service worker, types stripped; it goes out under one address for ever. */
  serviceWorker: string
  /** What `script-src` of the Content-Security-Policy needs for the import map: `'sha256-…'`. */
  cspHash: string
  /** The file behind `/assets/FILE`. */
  find: (file: string) => AssetFile | undefined
}

type AssetFile = { type: string; body: () => Promise<Buffer>; packed: Map<Encoding, Promise<Buffer>> | null }
type Encoding = 'br' | 'gzip'

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}
/** Later files win over earlier ones; files that are not named here come before print.css, by name. */
const cssOrder = ['tokens', 'base', 'layout', 'list', 'post', 'comments', 'history', 'forms']
const pack = { br: promisify(brotliCompress), gzip: promisify(gzip) }

/** Reads stylesheets, icons and browser modules once. Fonts are read when first asked for. */
export function loadAssets(): Assets {
  const root = join(import.meta.dirname, '../..')
  const files = new Map<string, AssetFile>()
  const add = (name: string, body: Buffer): string => {
    const extension = extname(name)
    const file = `${basename(name, extension)}.${hashOf(body)}${extension}`
    const compressible = extension !== '.png'
    files.set(file, {
      type: types[extension] ?? '',
      body: async () => body,
      packed: compressible ? new Map() : null,
    })
    return `/assets/${file}`
  }
  const icons = new Map<string, string>()
  for (const name of listed(join(root, 'public/icons'), /\.(svg|png)$/)) {
    icons.set(name, add(name, readFileSync(join(root, 'public/icons', name))))
  }
  const modules = new Map<string, string>()
  const scripts = browserScripts(root)
  for (const [name, code] of scripts) {
    if (!workers.includes(name)) modules.set(name, add(name.replace(/\.ts$/, '.js'), Buffer.from(code)))
  }
  const fonts = fontFaces(root, files)
  const css = add('madang.css', Buffer.from(stylesheet(root) + fonts.css))
  const importMap = JSON.stringify({ imports: importsOf(modules) })
  return {
    css,
    module: (name) => known(modules, name.endsWith('.ts') ? name : `${name}.ts`),
    modules: [...modules.values()],
    icon: (name) => known(icons, name),
    hangulHtml: raw(fonts.often.map(preload).join('')),
    serviceWorker: workers.map((name) => scripts.get(name) ?? '').join('\n'),
    importMapHtml: raw(`<script type="importmap">${importMap}</script>`),
    cspHash: `'sha256-${createHash('sha256').update(importMap).digest('base64')}'`,
    find: (file) => files.get(file),
  }
}

/** The service worker's parts; all others are modules of pages. */
const workers = ['service-worker.ts', 'push-worker.ts']

/** The code of each file of `src/browser`, without its types. */
function browserScripts(root: string): Map<string, string> {
  const folder = join(root, 'src/browser')
  const names = listed(folder, /(?<!\.test|\.d)\.ts$/)
  const texts = names.map((name) => readFileSync(join(folder, name), 'utf8'))
  const stripped = stripTypes(texts, join(root, 'node_modules/.cache/madang/browser.json'))
  return new Map(names.map((name, index) => [name, stripped[index] ?? '']))
}

function hashOf(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('base64url').replace(/[-_]/g, '').slice(0, 10)
}

function known(addresses: Map<string, string>, name: string): string {
  const address = addresses.get(name)
  if (address === undefined) throw new Error(`no such asset: ${name}`)
  return address
}

function listed(folder: string, wanted: RegExp): string[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => wanted.test(name))
        .sort()
    : []
}

/** Modules import each other as `./other.ts` or `#browser/other.ts`; both lead to the hashed address. */
function importsOf(modules: Map<string, string>): Record<string, string> {
  const imports: Record<string, string> = {}
  for (const [name, address] of modules) {
    imports[`/assets/${name}`] = address
    imports[`#browser/${name}`] = address
  }
  return imports
}

function stylesheet(root: string): string {
  const folder = join(root, 'public/css')
  const names = listed(folder, /\.css$/).map((name) => basename(name, '.css'))
  const rank = (name: string) => {
    if (name === 'print') return cssOrder.length + 1
    return cssOrder.includes(name) ? cssOrder.indexOf(name) : cssOrder.length
  }
  names.sort((a, b) => rank(a) - rank(b))
  const text = names.map((name) => readFileSync(join(folder, `${name}.css`), 'utf8')).join('\n')
  return inlineIcons(shorten(text), root)
}

/** Drops comments and indentation: the rest is the compressor's work. */
function shorten(css: string): string {
  return css
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\n\s*/g, '\n')
    .replace(/\n+/g, '\n')
}

/** `url(../icons/NAME.svg)` becomes a data address, so that thirty icons are no thirty requests. */
function inlineIcons(css: string, root: string): string {
  return css.replace(/url\(\.\.\/icons\/([\w-]+\.svg)\)/g, (_, name: string) => {
    const svg = readFileSync(join(root, 'public/icons', name), 'utf8')
      .trim()
      .replace(/\n\s*/g, '')
    return `url("data:image/svg+xml,${svg.replace(/[#%"<>]/g, encodeURIComponent).replace(/%22/g, "'")}")`
  })
}

/** A font that is there before the first line is drawn moves nothing when it comes. */
function preload(file: string): string {
  return `<link rel="preload" as="font" type="font/woff2" crossorigin href="/assets/${file}">\n`
}

function fontFaces(root: string, files: Map<string, AssetFile>): { css: string; often: string[] } {
  const folder = join(root, 'node_modules/@fontsource-variable/noto-sans-kr')
  if (!existsSync(folder)) return { css: '', often: [] }
  const version = hashOf(readFileSync(join(folder, 'package.json')))
  const source = readFileSync(join(folder, 'index.css'), 'utf8')
  return hangulFaces(source, (name) => {
    const file = `${name.replace(/^noto-sans-|-wght-normal|\.woff2$/g, '')}.${version}.woff2`
    const body = () => readFile(join(folder, 'files', name))
    files.set(file, { type: types['.woff2'] ?? '', body, packed: null })
    return file
  })
}

/** Serves `/assets/*` for a year, and as favicon for a day the mark; where there is an address by `own`, leads there. */
export function registerAssets(
  fastify: FastifyInstance,
  assets: Assets,
  own: () => Promise<string | null> = async () => null,
): void {
  fastify.get<{ Params: { file: string } }>(
    '/assets/:file',
    { schema: { hide: true } },
    async (request, reply) => {
      return send({ request, reply }, assets.find(request.params.file), 'public, max-age=31536000, immutable')
    },
  )
  fastify.get('/favicon.ico', { schema: { hide: true } }, async (request, reply) => {
    const address = await own()
    if (address) return reply.header('cache-control', 'no-cache').redirect(address, 302)
    const file = assets.find(basename(assets.icon('mark.svg')))
    return send({ request, reply }, file, 'public, max-age=86400')
  })
}

async function send(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  file: AssetFile | undefined,
  caching: string,
) {
  if (!file) throw new NotFound()
  reply.header('cache-control', caching).type(file.type)
  if (!file.packed) return file.body()
  reply.header('vary', 'accept-encoding')
  const accepted = String(request.headers['accept-encoding'] ?? '')
  const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : null
  if (!encoding) return file.body()
  reply.header('content-encoding', encoding)
  return packedBody(file, file.packed, encoding)
}

function packedBody(
  file: AssetFile,
  packed: Map<Encoding, Promise<Buffer>>,
  encoding: Encoding,
): Promise<Buffer> {
  let result = packed.get(encoding)
  if (!result) {
    result = file
      .body()
      .then((body) =>
        encoding === 'br'
          ? pack.br(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })
          : pack.gzip(body, { level: 9 }),
      )
    packed.set(encoding, result)
  }
  return result
}
