import { join } from 'node:path'
import { type ConfinedOptions, ConfinedProcess } from '#platform/confined.ts'
import type { DecodedImage, ImageShape } from './rules.ts'

export type DecoderOptions = { folder: string } & Partial<ConfinedOptions>
type Job = { source: string; folder: string; shape: ImageShape }

const decoderScript = join(import.meta.dirname, 'decoder-child.ts')

/** Decodes pictures one after the other in a confined process, which holds about 60 MB while there is work. */
export class ImageDecoder {
  readonly #process: ConfinedProcess<Job, DecodedImage>
  constructor(options: DecoderOptions) {
    const usual = { timeLimitMs: 5000, idleMs: 30_000, mostWaiting: 200 }
    this.#process = new ConfinedProcess(decoderScript, { ...usual, ...options })
  }

  /** The running process's number, for tests and the operator; null while there is none. */
  get pid(): number | null {
    return this.#process.pid
  }

  /**
   * Writes `source` as WebP into `folder`, named by size; both lie in the decoder's folder.
   * @throws ConfinedFailure
   */
  decode(job: Job): Promise<DecodedImage> {
    return this.#process.run(job)
  }

  [Symbol.dispose](): void {
    this.#process[Symbol.dispose]()
  }
}
