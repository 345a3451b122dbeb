import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { AwsClient } from 'aws4fetch'
import { checkKey } from './key.ts'
import type { Storage } from './shapes.ts'

/** Milliseconds for one answer of the store. */
const answerLimit = 15_000

export type S3Address = {
  endpoint: string
  bucket: string
  prefix: string
  region: string
  accessKeyId: string
  secretAccessKey: string
}

/**
 * Reads `https://KEY:SECRET@HOST/BUCKET/PREFIX?region=REGION`; prefix and region may be left out. Characters of the
 * secret that mean something in an address are written as %XX. Null when it is no such address.
 */
export function readS3Url(text: string): S3Address | null {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || !url.username || !url.password) return null
  const [bucket = '', ...prefix] = url.pathname.split('/').filter(Boolean)
  if (!/^[a-z0-9][a-z0-9.-]{1,62}$/.test(bucket) || !prefix.every((part) => /^[\w.-]+$/.test(part)))
    return null
  return {
    endpoint: url.origin,
    bucket,
    prefix: prefix.map((part) => `${part}/`).join(''),
    region: url.searchParams.get('region') ?? 'us-east-1',
    accessKeyId: decodeURIComponent(url.username),
    secretAccessKey: decodeURIComponent(url.password),
  }
}

/** A bucket of any S3-compatible store, by signed requests (Signature Version 4) with the bucket in the path. */
export function s3Storage(text: string): Storage {
  const address = readS3Url(text)
  if (!address) throw new Error('not an address of an S3 bucket')
  let opening: Promise<AwsClient> | undefined
  const open = async () => {
    const { AwsClient } = await import('aws4fetch')
    const { accessKeyId, secretAccessKey, region } = address
    return new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 2 })
  }
  const send = async (method: string, key: string, body?: Buffer<ArrayBuffer>) => {
    opening ??= open()
    const client = await opening
    const url = `${address.endpoint}/${address.bucket}/${address.prefix}${checkKey(key)}`
    const answer = await client.fetch(url, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(answerLimit),
      ...(body ? { body, headers: { 'content-type': 'image/webp' } } : {}),
    })
    if (answer.ok || answer.status === 404) return answer
    await answer.body?.cancel()
    throw new Error(`the file store answered ${answer.status} to ${method}`)
  }
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
