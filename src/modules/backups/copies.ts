import { createHash } from 'node:crypto'
import { createWriteStream, existsSync } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Bucket, openBucket } from '#platform/storage/bucket.ts'
import { isEncrypted } from './key.ts'
import { type KeptBackup, listBackups, type Nightly, ofNight } from './nightly.ts'
import { BackupProblem } from './problem.ts'

/** Copies of the nightly backups in a bucket: what stays when the machine is lost. */

/** Bytes of one part of an upload; a store takes 10,000 of them, 160 GB. */
const partBytes = 16 * 1024 * 1024
/** Milliseconds for one part, which a slow line takes minutes for, and for any other answer. */
const partLimit = 600_000
const answerLimit = 30_000

/**
 * Puts the newest backup into the bucket, unless it is there already or is not encrypted; then older ones than `keep`
 * go. @returns its name, null when there was nothing to do. @throws Error when the store refuses or is away
 */
export async function copyNewest({ folder, keep, bucketUrl }: Nightly): Promise<string | null> {
  const [newest] = await listBackups(folder)
  if (bucketUrl === null || !newest || !(await isEncrypted(join(folder, newest.name)))) return null
  const bucket = openBucket(bucketUrl)
  const isThere = (await listIn(bucket)).some(
    ({ name, bytes }) => name === newest.name && bytes === newest.bytes,
  )
  if (!isThere) await upload(bucket, folder, newest)
  for (const old of (await listIn(bucket)).slice(keep))
    await request(bucket, { method: 'DELETE', key: old.name })
  return isThere ? null : newest.name
}

/** The copies in a bucket, newest first. @throws Error when it cannot be asked within `limit` milliseconds */
export function listCopies(bucketUrl: string, limit = answerLimit): Promise<KeptBackup[]> {
  return listIn(openBucket(bucketUrl), limit)
}

/**
 * Brings a copy out of the bucket, the newest unless `name` says which, into the folder of the backups.
 * @returns the path of the file. @throws BackupProblem
 */
export async function fetchCopy(
  { folder, bucketUrl }: { folder: string; bucketUrl: string },
  given: { name?: string; signal?: AbortSignal },
): Promise<string> {
  const bucket = openBucket(bucketUrl)
  const copies = await listIn(bucket).catch((error: unknown) => {
    throw new BackupProblem(`The bucket cannot be read: ${error instanceof Error ? error.message : error}`)
  })
  const copy = given.name === undefined ? copies[0] : copies.find(({ name }) => name === given.name)
  if (!copy) {
    const names = copies.map(({ name }) => name).join(', ') || 'none'
    throw new BackupProblem(`There is no such backup in the bucket. It has: ${names}.`)
  }
  const path = join(folder, copy.name)
  if (existsSync(path)) throw new BackupProblem(`${path} is there already.`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const part = `${path}.${process.pid}.part`
  const { signal } = given
  try {
    const { body } = await bucket.send({ method: 'GET', key: copy.name, ...(signal ? { signal } : {}) })
    if (!body) throw new BackupProblem('The bucket has it no more.')
    const file = createWriteStream(part, { mode: 0o600, flush: true })
    await pipeline(Readable.from(body), file, signal ? { signal } : {})
    if (file.bytesWritten !== copy.bytes) throw new BackupProblem('The download broke off. Run it again.')
    await rename(part, path)
  } finally {
    await rm(part, { force: true })
  }
  return path
}

type Asked = Parameters<Bucket['send']>[0]

/** @returns the text of an answer. @throws Error unless the store did what was asked */
async function request(
  bucket: Bucket,
  asked: Asked,
  limit = answerLimit,
): Promise<{ text: string; tag: string }> {
  const answer = await bucket.send({ ...asked, signal: AbortSignal.timeout(limit) })
  const text = await answer.text()
  // What is to go may be gone already; some stores say so.
  if (answer.status === 404 && asked.method !== 'DELETE')
    throw new Error('the file store has no such bucket, or forgot the upload')
  // A store may say only after the 200 that it could not put the parts together.
  if (text.includes('<Error>')) throw new Error(`the file store answered: ${text.slice(0, 300)}`)
  return { text, tag: answer.headers.get('etag') ?? '' }
}

/** In parts, each with its sum, so that what arrives damaged is refused there. */
async function upload(bucket: Bucket, folder: string, { name, bytes }: KeptBackup): Promise<void> {
  const begun = await request(bucket, { method: 'POST', key: name, query: { uploads: '' } })
  const uploadId = textIn(begun.text, 'UploadId')
  try {
    await using file = await open(join(folder, name))
    const tags: string[] = []
    for (let at = 0; at < bytes; at += partBytes) {
      const body = await readPart(file, { at, length: Math.min(partBytes, bytes - at) })
      const sum = createHash('md5').update(body).digest('base64')
      const query = { partNumber: String(tags.length + 1), uploadId }
      const put = { method: 'PUT', key: name, query, body, headers: { 'content-md5': sum } }
      tags.push((await request(bucket, put, partLimit)).tag)
    }
    const parts = tags.map((tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${tag}</ETag></Part>`)
    const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`
    await request(bucket, { method: 'POST', key: name, query: { uploadId }, body }, partLimit)
  } catch (error) {
    // Parts that nobody puts together are paid for.
    await request(bucket, { method: 'DELETE', key: name, query: { uploadId } }).catch(() => {})
    throw error
  }
}

async function readPart(
  file: FileHandle,
  { at, length }: { at: number; length: number },
): Promise<Buffer<ArrayBuffer>> {
  const part = Buffer.alloc(length)
  const { bytesRead } = await file.read(part, 0, length, at)
  if (bytesRead !== length) throw new Error('the backup became shorter while it was read')
  return part
}

async function listIn(bucket: Bucket, limit = answerLimit): Promise<KeptBackup[]> {
  const found: KeptBackup[] = []
  let next: string | null = ''
  while (next !== null) {
    const query = {
      'list-type': '2',
      prefix: `${bucket.prefix}madang-`,
      ...(next ? { 'continuation-token': next } : {}),
    }
    const { text } = await request(bucket, { method: 'GET', query }, limit)
    for (const [entry] of text.matchAll(/<Contents>.*?<\/Contents>/gs)) {
      const name = textIn(entry, 'Key').slice(bucket.prefix.length)
      const [bytes, at] = [Number(textIn(entry, 'Size')), new Date(textIn(entry, 'LastModified'))]
      if (ofNight.test(name)) found.push({ name, bytes, at })
    }
    next = text.includes('<IsTruncated>true<') ? textIn(text, 'NextContinuationToken') : null
  }
  return found.toSorted((a, b) => b.name.localeCompare(a.name))
}

/** The text of an element of the store's answer; what we ask for holds no sign that XML would write otherwise. */
function textIn(xml: string, element: string): string {
  const value = new RegExp(`<${element}>([^<]+)</${element}>`).exec(xml)?.[1]
  if (value === undefined) throw new Error(`the file store answered without ${element}`)
  return value
}
