import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type ConfinedFailure, confined, isolation } from '#platform/confined.ts'
import { foreignTypes, hugePng, moving, photo, plain } from '#test/support/images.ts'
import { type DecoderOptions, ImageDecoder } from './decoder.ts'
import type { ImageShape } from './rules.ts'

let folder = ''
let shared: ImageDecoder
let made = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'madang-decoder-'))
  shared = new ImageDecoder({ folder, timeLimitMs: 30_000 })
})
afterAll(async () => {
  shared[Symbol.dispose]()
  await rm(folder, { recursive: true })
})

async function decode(bytes: Buffer, given: { shape?: ImageShape; decoder?: ImageDecoder } = {}) {
  const out = join(folder, `${++made}`)
  await mkdir(out)
  const source = join(out, 'source')
  await writeFile(source, bytes)
  const { shape = 'whole', decoder = shared } = given
  const image = await decoder.decode({ source, folder: out, shape })
  return { image, read: (size: number) => readFile(join(out, `${size}.webp`)), files: () => readdir(out) }
}

function decoderWith(options: Partial<DecoderOptions>): ImageDecoder {
  const decoder = new ImageDecoder({ folder, timeLimitMs: 30_000, ...options })
  onTestFinished(() => decoder[Symbol.dispose]())
  return decoder
}

const failed = async (work: Promise<unknown>) =>
  work.then(
    () => 'no failure',
    (error: ConfinedFailure) => error.reason,
  )

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 10))
}

describe('a decoded picture', () => {
  it('comes in three sizes of WebP, turned as the camera was held, without metadata', async () => {
    const { image, read, files } = await decode(await photo(2400, 1600, 6))
    expect(image).toMatchObject({ width: 1280, height: 1920, sizes: [320, 960, 1920] })
    expect((await files()).sort()).toEqual(['1920.webp', '320.webp', '960.webp', 'source'])
    const meta = await sharp(await read(960)).metadata()
    expect([meta.format, meta.width, meta.height, meta.orientation]).toEqual(['webp', 640, 960, undefined])
    expect([meta.exif, meta.icc, meta.xmp]).toEqual([undefined, undefined, undefined])
    for (const size of image.sizes) expect((await read(size)).includes('secret')).toBe(false)
  })

  it('is never enlarged, and has no more sizes than it needs', async () => {
    expect((await decode(await plain('png', 200, 100))).image).toMatchObject({
      width: 200,
      height: 100,
      sizes: [320],
    })
    expect((await decode(await plain('gif', 500, 100))).image).toMatchObject({
      width: 500,
      sizes: [320, 960],
    })
  })

  it('keeps moving within bounds, and stands still beyond them and as a thumbnail', async () => {
    const small = await decode(await moving(4, 400))
    const pages = async (bytes: Buffer) => (await sharp(bytes, { animated: true }).metadata()).pages ?? 1
    expect(await pages(await small.read(960))).toBe(4)
    expect(await pages(await small.read(320))).toBe(1)
    const long = await decode(await moving(250, 330))
    expect(await pages(await long.read(960))).toBe(1)
  })

  it('is cut to a square for an avatar', async () => {
    const { image, read } = await decode(await photo(300, 200), { shape: 'square' })
    expect(image).toMatchObject({ width: 256, height: 256, sizes: [64, 256] })
    expect(await sharp(await read(64)).metadata()).toMatchObject({ width: 64, height: 64 })
  })

  it('holds pixels alone: what else stood in the file is gone', async () => {
    const script = Buffer.from('<script>alert(1)</script><?php system("id") ?>')
    const zip = Buffer.from('PK\x03\x04payload', 'latin1')
    for (const type of ['gif', 'png', 'jpeg', 'webp'] as const) {
      const { image, read } = await decode(Buffer.concat([await plain(type), script, zip]))
      const out = await read(image.sizes[0] ?? 0)
      expect([out.includes('script'), out.includes('system'), out.includes('payload')]).toEqual([
        false,
        false,
        false,
      ])
    }
  })
})

describe('the decoder', () => {
  it('refuses other types, even when it is handed them: their loaders are blocked', async () => {
    for (const [name, bytes] of Object.entries(foreignTypes)) {
      expect(await failed(decode(bytes)), name).toBe('broken')
    }
    const tiff = await sharp(await plain('png'))
      .tiff()
      .toBuffer()
    const avif = await sharp(await plain('png'))
      .avif()
      .toBuffer()
    for (const bytes of [tiff, avif]) expect(await failed(decode(bytes))).toBe('broken')
    expect((await decode(await plain('png'))).image.width).toBe(40)
  })

  it('refuses a truncated picture and one with more pixels than it takes', async () => {
    const whole = await photo(800, 600)
    expect(await failed(decode(whole.subarray(0, whole.length / 2)))).toBe('broken')
    expect(await failed(decode(hugePng(60_000, 60_000)))).toBe('broken')
  })

  it('is stopped when a picture takes too long, and goes on with the next', async () => {
    const decoder = decoderWith({ timeLimitMs: 1 })
    const heavy = await photo(2400, 1600)
    expect(await failed(decode(heavy, { decoder }))).toBe('too-costly')
    expect(decoder.pid).toBeNull()
    const patient = decoderWith({})
    expect((await decode(await plain('png'), { decoder: patient })).image.width).toBe(40)
  })

  it('may be killed in the middle: that picture fails, the next one is decoded by a new process', async () => {
    const decoder = decoderWith({ idleMs: 600_000 })
    const out = join(folder, 'killed')
    await mkdir(out)
    const source = join(out, 'source')
    await writeFile(source, await photo(4000, 3000))
    await decode(await plain('png'), { decoder })
    const { pid } = decoder
    if (pid === null) throw new Error('the decoder is not there')
    // Nothing is waited for between the two: the process has the picture when it is killed.
    const outcome = failed(decoder.decode({ source, folder: out, shape: 'whole' }))
    const next = decode(await plain('png'), { decoder })
    process.kill(pid, 'SIGKILL')
    expect(await outcome).toBe('broken')
    expect((await next).image.width).toBe(40)
    expect(decoder.pid).not.toBe(pid)
  })

  it('starts with work, is used again, and ends when there is none', async () => {
    const decoder = decoderWith({ idleMs: 20 })
    expect(decoder.pid).toBeNull()
    const picture = await plain('png')
    const both = Promise.all([decode(picture, { decoder }), decode(picture, { decoder })])
    await until(() => decoder.pid !== null)
    await both
    await until(() => decoder.pid === null)
  })

  it('lets only so many wait', async () => {
    const decoder = decoderWith({ mostWaiting: 1 })
    const job = { source: join(folder, 'none'), folder, shape: 'whole' } as const
    const [first, second, third] = [1, 2, 3].map(() => failed(decoder.decode(job)))
    expect(await third).toBe('busy')
    expect([await first, await second]).toEqual(['broken', 'broken'])
  })
})

/** Runs code as the decoder would run if it were taken over, and tells what it could do. */
async function attempt(code: string): Promise<string> {
  const script = join(folder, `${++made}.mjs`)
  await writeFile(
    script,
    `let said
    try { said = await (async () => { ${code} })() } catch (error) { said = error.code ?? error.cause?.code ?? error.message }
    process.send(String(said), () => process.exit())`,
  )
  const [command = '', ...args] = [...(await isolation()), ...confined(folder, script)]
  const child = spawn(command, args, { cwd: '/', env: {}, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  const [said] = await once(child, 'message')
  return String(said)
}

describe('the confined process', () => {
  const denied = 'ERR_ACCESS_DENIED'

  it('writes only in its folder', async () => {
    const outside = join(tmpdir(), `madang-outside-${process.pid}`)
    const write = (path: string) =>
      `(await import('node:fs')).writeFileSync(${JSON.stringify(path)}, 'x'); return 'written'`
    expect(await attempt(write(outside))).toBe(denied)
    await expect(access(outside)).rejects.toThrow()
    expect(await attempt(write(join(folder, 'inside')))).toBe('written')
  })

  it('reads neither secrets nor the environment', async () => {
    expect(await attempt(`return (await import('node:fs')).readFileSync('/etc/passwd', 'utf8')`)).toBe(denied)
    expect(await attempt(`return Object.keys(process.env).filter((name) => name !== 'PWD')`)).toBe('')
  })

  it('starts no process and no thread', async () => {
    expect(await attempt(`return (await import('node:child_process')).execFileSync('/bin/true')`)).toBe(
      denied,
    )
    expect(
      await attempt(`return new (await import('node:worker_threads')).Worker('0', { eval: true }).threadId`),
    ).toBe(denied)
  })

  it('reaches no network', async () => {
    const connect = `return await new Promise((resolve, reject) => net.connect(9, '127.0.0.1').on('error', reject).on('connect', () => resolve('connected')))`
    expect(await attempt(`const net = await import('node:net'); ${connect}`)).toBe(denied)
    expect(await attempt(`return (await fetch('http://127.0.0.1:9')).status`)).toBe('fetch failed')
  })

  it.skipIf(process.platform !== 'linux')('cannot take much memory', async () => {
    const code = `const all = []; for (let i = 0; i < 40; i++) all.push(Buffer.alloc(100 * 1024 * 1024, 1)); return 'taken'`
    const said = await Promise.race([
      attempt(code),
      new Promise((resolve) => setTimeout(resolve, 8000, 'died')),
    ])
    expect(said).not.toBe('taken')
  })
})
