import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { openBucket } from './bucket.ts'
import { checkKey } from './key.ts'
import type { Storage } from './shapes.ts'

/** Milliseconds for one answer of the store. */
const answerLimit = 15_000

/** Files in the bucket at the address `text`. */
export function s3Storage(text: string): Storage {
  const bucket = openBucket(text)
  const send = (method: string, key: string, body?: Buffer<ArrayBuffer>) =>
    bucket.send({
      method,
      key: checkKey(key),
      signal: AbortSignal.timeout(answerLimit),
      ...(body ? { body, headers: { 'content-type': 'image/webp' } } : {}),
    })
  return {
    async put(key, path) {
      const answer = await send('PUT', key, await readFile(path))
      await answer.body?.cancel()
      if (answer.status === 404) throw new Error('the file store has no such bucket')
    },
    async get(key) {
      const answer = await send('GET', key)
      if (answer.status === 404 || !answer.body) {
        await answer.body?.cancel()
        return null
      }
      return {
        stream: Readable.from(answer.body, { objectMode: false }),
        bytes: Number(answer.headers.get('content-length') ?? 0),
      }
    },
    async remove(key) {
      await (await send('DELETE', key)).body?.cancel()
    },
  }
}
