import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openBucket } from '#platform/storage/bucket.ts'
import { makeTestApp } from '#test/support/app.ts'
import { startS3 } from '#test/support/s3.ts'
import { copyNewest, fetchCopy, listCopies } from './copies.ts'

let home = ''
let folder = ''
let bucketUrl = ''
let store: Awaited<ReturnType<typeof startS3>>
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'madang-copies-'))
  store = await startS3()
})
beforeEach(async () => {
  folder = await mkdtemp(join(home, 'folder-'))
  // A place of its own for each test.
  bucketUrl = store.url.replace('/pictures', `/${folder.slice(-6)}`)
})
afterAll(async () => {
  await store[Symbol.asyncDispose]()
  await rm(home, { recursive: true })
})

const encrypted = (text: string) => `age-encryption.org/v1\n${text}`
const backUp = (day: string, text: string | Buffer = encrypted(day)) =>
  writeFile(join(folder, `madang-${day}.zip`), text)
const copy = (keep = 2, url = bucketUrl) => copyNewest({ folder, keyFile: null, keep, bucketUrl: url })
const names = async () => (await listCopies(bucketUrl)).map(({ name }) => name)

test('the newest backup is copied once, and as many copies stay as told', async () => {
  const bucket = openBucket(bucketUrl)
  await (await bucket.send({ method: 'PUT', key: 'madang-of-mine.zip', body: 'mine' })).body?.cancel()
  expect(await copy()).toBeNull()
  for (const day of ['2026-11-18', '2026-11-19', '2026-11-20']) {
    await backUp(day)
    expect(await copy()).toBe(`madang-${day}.zip`)
    expect(await copy()).toBeNull()
  }
  expect(await names()).toEqual(['madang-2026-11-20.zip', 'madang-2026-11-19.zip'])
  // What the operator put there stays.
  expect(await (await bucket.send({ method: 'GET', key: 'madang-of-mine.zip' })).text()).toBe('mine')
})

test('a copy of several parts comes back as it was', async () => {
  const large = Buffer.alloc(33 * 1024 * 1024, encrypted('이만큼 '))
  await backUp('2026-11-20', large)
  await copy()
  expect((await listCopies(bucketUrl)).map(({ bytes }) => bytes)).toEqual([large.length])
  const path = join(folder, 'madang-2026-11-20.zip')
  await rm(path)
  expect(await fetchCopy({ folder, bucketUrl }, {})).toBe(path)
  expect((await readFile(path)).equals(large)).toBe(true)
  expect(await readdir(folder)).toEqual(['madang-2026-11-20.zip'])
})

test('what was cut off while it was copied is copied again', async () => {
  await backUp('2026-11-20', encrypted('half'))
  await copy()
  await backUp('2026-11-20', encrypted('the whole'))
  expect(await copy()).toBe('madang-2026-11-20.zip')
})

test('nothing leaves that is not encrypted', async () => {
  await backUp('2026-11-20', 'PK\u0003\u0004')
  expect(await copy()).toBeNull()
  expect(await names()).toEqual([])
})

test('fetching names what there is, and writes over nothing', async () => {
  await expect(fetchCopy({ folder, bucketUrl }, {})).rejects.toThrow('It has: none')
  await backUp('2026-11-20')
  await copy()
  await expect(fetchCopy({ folder, bucketUrl }, { name: '../../etc/passwd' })).rejects.toThrow(
    'no such backup in the bucket. It has: madang-2026-11-20.zip',
  )
  await expect(fetchCopy({ folder, bucketUrl }, {})).rejects.toThrow('is there already')
})

test('a store that is away, has no such bucket or refuses late is said', async () => {
  await backUp('2026-11-20')
  const elsewhere = bucketUrl.replace('/madang/', '/nowhere/')
  await expect(copy(2, elsewhere)).rejects.toThrow('no such bucket')
  await expect(fetchCopy({ folder, bucketUrl: elsewhere }, {})).rejects.toThrow('The bucket cannot be read')
  const asked: string[] = []
  const server = createServer((request, reply) => {
    request.resume()
    asked.push(`${request.method} ${new URL(request.url ?? '', 'http://x').search}`)
    if (request.url?.includes('list-type')) return reply.end('<ListBucketResult></ListBucketResult>')
    if (request.url?.includes('uploads=')) return reply.end('<UploadId>u1</UploadId>')
    return reply.end(request.method === 'POST' ? '<Error><Code>InternalError</Code></Error>' : '')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  try {
    const { port } = server.address() as AddressInfo
    await expect(copy(2, `http://a:b@127.0.0.1:${port}/bucket`)).rejects.toThrow('InternalError')
    // The parts are not left behind.
    expect(asked.at(-1)).toBe('DELETE ?uploadId=u1')
  } finally {
    server.close()
  }
})

test('a copy that is to go and is gone already is no failure', async () => {
  await backUp('2026-11-20')
  const entry = (name: string, bytes: number) =>
    `<Contents><Key>${name}</Key><Size>${bytes}</Size><LastModified>2026-11-20T00:00:00Z</LastModified></Contents>`
  const kept = entry('madang-2026-11-20.zip', encrypted('2026-11-20').length)
  const asked: string[] = []
  const server = createServer((request, reply) => {
    asked.push(`${request.method} ${request.url?.split('?')[0]}`)
    if (request.method === 'DELETE') return reply.writeHead(404).end()
    return reply.end(`<ListBucketResult>${kept}${entry('madang-2026-11-19.zip', 3)}</ListBucketResult>`)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  try {
    const { port } = server.address() as AddressInfo
    expect(await copy(1, `http://a:b@127.0.0.1:${port}/bucket`)).toBeNull()
    expect(asked.at(-1)).toBe('DELETE /bucket/madang-2026-11-19.zip')
  } finally {
    server.close()
  }
})

test('administrators see which backups have a copy, and when the bucket is away', async () => {
  const key = join(home, 'backup.key')
  await writeFile(key, 'a passphrase that nobody guesses')
  const look = async (url: string) => {
    await using site = await makeTestApp({
      env: { BACKUP_DIR: folder, BACKUP_KEY: key, BACKUP_S3_URL: url },
    })
    return (await (await site.member('keeper', 'administrator')).page('/admin/storage')).body
  }
  await backUp('2026-11-20')
  await copy()
  await backUp('2026-11-21')
  const body = await look(bucketUrl)
  expect(body.match(/madang-2026-11-2\d\.zip|also in the bucket/g)).toEqual([
    'madang-2026-11-21.zip',
    'madang-2026-11-20.zip',
    'also in the bucket',
  ])
  const away = await look(bucketUrl.replace('/madang/', '/nowhere/'))
  expect(away).toContain('The bucket cannot be reached')
})
