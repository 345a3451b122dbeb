import type { Readable } from 'node:stream'
import type ZipStream from 'zip-stream'

/** `packed`: what is small already, as pictures are, goes in as it is. */
export type ZipEntry = { name: string; date: Date; packed?: boolean }

/** A ZIP file while it is written: entries go in one after the other, and `stream` gives what they come to. */
export class ZipWriter {
  readonly #zip: ZipStream
  private constructor(zip: ZipStream) {
    this.#zip = zip
  }

  /** The library is loaded when it is needed: it takes 10 MB that a site of idle pages does without. */
  static async make(): Promise<ZipWriter> {
    const { default: Stream } = await import('zip-stream')
    return new ZipWriter(new Stream({ zlib: { level: 6 } }))
  }

  get stream(): NodeJS.ReadableStream {
    return this.#zip
  }

  /**
   * Resolves when the source was read to its end and the next entry may come. When nobody reads the file any more the
   * source is closed, and the promise stays open. @throws what the source fails with
   */
  add(source: Readable | string, { name, date, packed = false }: ZipEntry): Promise<void> {
    const letGo = () => typeof source !== 'string' && source.destroy()
    this.#zip.once('close', letGo)
    return new Promise((resolve, reject) => {
      this.#zip.entry(source, { name, date, store: packed }, (error) => {
        this.#zip.off('close', letGo)
        if (error) reject(error)
        else resolve()
      })
    })
  }

  /** After the last entry. */
  end(): void {
    this.#zip.finalize()
  }

  /** Whoever reads meets the error, or an end that comes too early. */
  destroy(error?: Error): void {
    this.#zip.destroy(error)
  }
}
