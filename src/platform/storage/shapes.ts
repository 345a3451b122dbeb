import type { Readable } from 'node:stream'

/** What is stored is found again by its key; contents never change. */
export type Storage = {
  /** Takes the file at `path`, which may be gone afterwards. The same key again replaces it. */
  put: (key: string, path: string) => Promise<void>
  /** The contents, or null when there are none. Whoever asks reads or destroys the stream. */
  get: (key: string) => Promise<StoredFile | null>
  /** Removing what is not there is no error. */
  remove: (key: string) => Promise<void>
}

export type StoredFile = { stream: Readable; bytes: number }
