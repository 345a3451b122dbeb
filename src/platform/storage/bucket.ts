import type { AwsClient } from 'aws4fetch'

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

export type BucketRequest = {
  method: string
  /** Below the prefix; without it the bucket itself. */
  key?: string
  query?: Record<string, string>
  body?: Buffer<ArrayBuffer> | string
  headers?: Record<string, string>
  /** Ends the request, its answer's body included. */
  signal?: AbortSignal
}

/** A bucket of any S3-compatible store, by signed requests (Signature Version 4) with the bucket in the path. */
export type Bucket = {
  prefix: string
  /** @returns an answer that is fine, or 404: it is there to be read or cancelled. @throws Error for any other */
  send: (request: BucketRequest) => Promise<Response>
}

export function openBucket(text: string): Bucket {
  const address = readS3Url(text)
  if (!address) throw new Error('not an address of an S3 bucket')
  const { endpoint, bucket, prefix } = address
  let opening: Promise<AwsClient> | undefined
  const open = async () => {
    const { AwsClient } = await import('aws4fetch')
    const { accessKeyId, secretAccessKey, region } = address
    return new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 2 })
  }
  const send = async ({ method, key, query = {}, ...rest }: BucketRequest) => {
    opening ??= open()
    const client = await opening
    const url = new URL(`${endpoint}/${bucket}${key === undefined ? '' : `/${prefix}${key}`}`)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const answer = await client.fetch(url, { method, redirect: 'error', ...rest }).catch(toldWhy)
    if (answer.ok || answer.status === 404) return answer
    await answer.body?.cancel()
    throw new Error(`the file store answered ${answer.status} to ${method}`)
  }
  return { prefix, send }
}

/** `fetch` says only that it failed; why stands below. */
function toldWhy(error: unknown): never {
  const cause = error instanceof Error ? error.cause : null
  if (!(cause instanceof Error)) throw error
  const reason = cause.message || ('code' in cause ? cause.code : cause.name)
  throw new Error(`the file store cannot be reached: ${reason}`, { cause })
}
