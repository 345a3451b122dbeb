import { createHash } from 'node:crypto'
import { createWriteStream, existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ZipWriter } from '#platform/zip.ts'
import type { BackupKey } from './key.ts'
import { BackupProblem } from './problem.ts'

export type Added = { bytes: number; sha256: string }
type Opened = { path: string; key: BackupKey | null; now: Date }

/**
 * Writes a ZIP archive, a part after the other; with a key it is encrypted while it is written. The file has its name
 * when it is whole and on the disk: until then it is `PATH.PID.part`, and what fails leaves nothing.
 */
export class ArchiveWriter implements AsyncDisposable {
  readonly #zip: ZipWriter
  readonly #path: string
  readonly #part: string
  readonly #now: Date
  readonly #written: Promise<void>
  readonly #failed: Promise<never>
  #isFinished = false

  private constructor(zip: ZipWriter, { path, key, now }: Opened) {
    this.#zip = zip
    this.#path = path
    this.#part = `${path}.${process.pid}.part`
    this.#now = now
    this.#written = this.#write(key).catch((error: unknown) => {
      throw new BackupProblem(
        `${path} cannot be written: ${error instanceof Error ? error.message : 'unknown'}`,
      )
    })
    this.#failed = new Promise((_, reject) => this.#written.catch(reject))
    this.#failed.catch(() => {})
  }

  /** @throws BackupProblem when something has that name already */
  static async open(given: Opened): Promise<ArchiveWriter> {
    if (existsSync(given.path))
      throw new BackupProblem(`${given.path} is there already. Choose another name, or move it away.`)
    return new ArchiveWriter(await ZipWriter.make(), given)
  }

  async #write(key: BackupKey | null): Promise<void> {
    const file = createWriteStream(this.#part, { flags: 'wx', mode: 0o600, flush: true })
    const plain = this.#zip.stream
    if (!key) return pipeline(plain, file)
    const encrypted = await key.encrypter.encrypt(
      Readable.toWeb(Readable.from(plain)) as ReadableStream<Uint8Array>,
    )
    return pipeline(encrypted, file)
  }

  /** Adds what the chunks come to, once they have all been read. */
  async add(name: string, chunks: AsyncIterable<Buffer>, options: { packed?: boolean } = {}): Promise<Added> {
    const hash = createHash('sha256')
    let bytes = 0
    async function* counted() {
      for await (const chunk of chunks) {
        hash.update(chunk)
        bytes += chunk.length
        yield chunk
      }
    }
    const stream = Readable.from(counted(), { objectMode: false })
    await Promise.race([this.#zip.add(stream, { name, date: this.#now, ...options }), this.#failed])
    return { bytes, sha256: hash.digest('hex') }
  }

  /** Ends the archive and gives it its name. @returns its bytes */
  async finish(): Promise<number> {
    this.#zip.end()
    await Promise.race([this.#written, this.#failed])
    const file = await open(this.#part)
    const { size } = await file.stat()
    await file.close()
    await rename(this.#part, this.#path)
    this.#isFinished = true
    return size
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isFinished) return
    this.#zip.destroy()
    await rm(this.#part, { force: true })
  }
}
