import { setTimeout as wait } from 'node:timers/promises'

/** Milliseconds that long work keeps the thread to itself: requests wait no longer for it. */
const piece = 10

export type PaceOptions = {
  /** Rests as long as it worked, so that readers have at least half of the machine. */
  gently?: boolean
  signal?: AbortSignal
}

/** The pace of long work on the thread that answers requests: in short pieces, and others have their turns between. */
export class Pace {
  readonly #options: PaceOptions
  #began = performance.now()

  constructor(options: PaceOptions = {}) {
    this.#options = options
  }

  /** To be awaited after every small step: mostly it goes on at once. */
  async step(): Promise<void> {
    const worked = performance.now() - this.#began
    if (worked < piece) return
    const { gently, signal } = this.#options
    await wait(gently ? worked : 0, undefined, signal ? { signal } : {}).catch(() => {})
    this.#began = performance.now()
  }
}
