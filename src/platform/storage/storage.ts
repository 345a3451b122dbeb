import { diskStorage } from './disk.ts'
import { s3Storage } from './s3.ts'
import type { Storage } from './shapes.ts'

/** `files` of the data folder, or the bucket of `s3Url` where there is one. */
export function openStorage(options: { folder: string; s3Url: string | null }): Storage {
  return options.s3Url ? s3Storage(options.s3Url) : diskStorage(options.folder)
}
