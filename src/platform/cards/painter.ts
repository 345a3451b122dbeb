import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type ConfinedOptions, ConfinedProcess } from '#platform/confined.ts'
import { html, raw } from '#platform/html.ts'
import { type CardTexts, family, type PaintJob, type UnpackJob } from './rules.ts'

export type PainterOptions = {
  /** For finished pictures and the typeface; made at the first picture. */
  folder: string
  /** Bytes of finished pictures that are kept; the ones that nobody asked for longest go first. */
  mostBytes?: number
} & Partial<Omit<ConfinedOptions, 'folder'>>

/** Draws the pictures of links in a confined process and keeps them on the disk. */
export class CardPainter {
  readonly #folder: string
  readonly #mostBytes: number
  readonly #fontConfig: string
  readonly #process: ConfinedProcess<Omit<PaintJob, 'id'>, null>
  readonly #painting = new Map<string, Promise<Buffer>>()
  /** Bytes by name, the longest unused first. */
  #kept: Promise<Map<string, number>> | null = null
  #unpacked: Promise<void> | null = null

  constructor({ folder, mostBytes = 200_000_000, ...options }: PainterOptions) {
    this.#folder = folder
    this.#mostBytes = mostBytes
    const script = join(import.meta.dirname, 'painter-child.ts')
    this.#fontConfig = join(folder, 'fonts.conf')
    const env = { FONTCONFIG_FILE: this.#fontConfig }
    const usual = { env, timeLimitMs: 20_000, idleMs: 30_000, mostWaiting: 50 }
    this.#process = new ConfinedProcess(script, { folder, ...usual, ...options })
  }

  /**
   * The picture with this name, a PNG; drawn when it is not there. The same name again means the same texts.
   * @throws ConfinedFailure
   */
  async card(name: string, texts: CardTexts): Promise<Buffer> {
    return (await this.#read(name)) ?? (await this.#paintOnce(name, texts))
  }

  async #read(name: string): Promise<Buffer | null> {
    const kept = await this.#all()
    const bytes = kept.get(name)
    if (bytes === undefined) return null
    // To the end of the line, here and for the next start.
    kept.delete(name)
    kept.set(name, bytes)
    const now = new Date()
    utimes(this.#path(name), now, now).catch(() => {})
    try {
      return await readFile(this.#path(name))
    } catch {
      kept.delete(name)
      return null
    }
  }

  #path(name: string): string {
    return join(this.#folder, 'finished', `${name}.png`)
  }

  #paintOnce(name: string, texts: CardTexts): Promise<Buffer> {
    const running = this.#painting.get(name)
    if (running) return running
    const painting = this.#paint(name, texts).finally(() => this.#painting.delete(name))
    this.#painting.set(name, painting)
    return painting
  }

  async #paint(name: string, texts: CardTexts): Promise<Buffer> {
    await this.#all()
    const target = join(this.#folder, `${name}.part`)
    await this.#fonts()
    await this.#process.run({ target, texts })
    const bytes = await readFile(target)
    await rename(target, this.#path(name))
    await this.#keep(name, bytes.length)
    return bytes
  }

  /** The typeface, unpacked at the first picture of all. */
  #fonts(): Promise<void> {
    const unpacked = this.#unpacked ?? this.#unpack()
    this.#unpacked = unpacked
    unpacked.catch(() => {
      this.#unpacked = null
    })
    return unpacked
  }

  async #unpack(): Promise<void> {
    const fonts = join(this.#folder, `fonts-${await typefaceVersion()}`)
    await writeFile(this.#fontConfig, fontConfig(fonts))
    const done = join(fonts, 'unpacked')
    if (await exists(done)) return
    const script = join(import.meta.dirname, 'unpack-child.ts')
    const options = { folder: this.#folder, timeLimitMs: 60_000, idleMs: 1000, mostWaiting: 1 }
    using unpacker = new ConfinedProcess<Omit<UnpackJob, 'id'>, null>(script, options)
    await unpacker.run({ fonts })
    await writeFile(done, '')
  }

  async #keep(name: string, bytes: number): Promise<void> {
    const kept = await this.#all()
    kept.set(name, bytes)
    let sum = 0
    for (const one of kept.values()) sum += one
    for (const [oldest, size] of kept) {
      if (sum <= this.#mostBytes) break
      kept.delete(oldest)
      sum -= size
      await rm(this.#path(oldest), { force: true })
    }
  }

  #all(): Promise<Map<string, number>> {
    this.#kept ??= this.#list()
    return this.#kept
  }

  async #list(): Promise<Map<string, number>> {
    const folder = join(this.#folder, 'finished')
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const names = (await readdir(folder)).filter((file) => file.endsWith('.png'))
    const found = await Promise.all(
      names.map(async (file) => ({ file, ...timesOf(await stat(join(folder, file))) })),
    )
    found.sort((a, b) => a.at - b.at)
    return new Map(found.map(({ file, bytes }) => [file.slice(0, -'.png'.length), bytes]))
  }

  [Symbol.dispose](): void {
    this.#process[Symbol.dispose]()
  }
}

/** Another version has other pieces, which must not lie beside these. */
async function typefaceVersion(): Promise<string> {
  const manifest = createRequire(import.meta.url).resolve('@fontsource-variable/noto-sans-kr/package.json')
  const { version }: { version: string } = JSON.parse(await readFile(manifest, 'utf8'))
  return version
}

/** For scripts that the typeface has not. */
const systemFolders = ['/usr/share/fonts', '/usr/local/share/fonts']

/** What the drawing library reads when the first text is drawn: where typefaces are, and which one comes first. */
function fontConfig(folder: string): string {
  const folders = [folder, ...systemFolders].map((one) => html`<dir>${one}</dir>`)
  return html`${raw('<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">')}
<fontconfig>${folders}<cachedir>${join(folder, 'cache')}</cachedir>
<match target="pattern"><edit name="family" mode="prepend" binding="strong"><string>${family}</string></edit></match>
</fontconfig>
`.text
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

const timesOf = ({ mtimeMs, size }: { mtimeMs: number; size: number }) => ({ at: mtimeMs, bytes: size })
