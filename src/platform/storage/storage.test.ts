import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startS3 } from '#test/support/s3.ts'
import { readS3Url } from './bucket.ts'
import type { Storage } from './shapes.ts'
import { openStorage } from './storage.ts'

let folder = ''
let s3: Awaited<ReturnType<typeof startS3>>
const stores: Record<string, () => Storage> = {
  disk: () => openStorage({ folder: join(folder, 'files'), s3Url: null }),
  S3: () => openStorage({ folder: join(folder, 'unused'), s3Url: s3.url }),
}
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'madang-storage-'))
  s3 = await startS3()
})
afterAll(async () => {
  await s3[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

let made = 0
const newKey = () => `${(++made).toString(16).padStart(32, '0')}-960.webp`

async function fileWith(content: string | Buffer): Promise<string> {
  const path = join(folder, `source${++made}`)
  await writeFile(path, content)
  return path
}

async function contents(store: Storage, key: string): Promise<string | null> {
  const found = await store.get(key)
  return found && (await buffer(found.stream)).toString()
}

describe.each(Object.entries(stores))('storage on %s', (_name, open) => {
  it('gives back what it took, with its length', async () => {
    const [store, key] = [open(), newKey()]
    const bytes = Buffer.alloc(300_000, 'madang')
    await store.put(key, await fileWith(bytes))
    const found = await store.get(key)
    expect(found?.bytes).toBe(bytes.length)
    expect(found && (await buffer(found.stream)).equals(bytes)).toBe(true)
  })

  it('has nothing under a key that was never used', async () => {
    expect(await open().get(newKey())).toBeNull()
  })

  it('replaces what it has under the same key', async () => {
    const [store, key] = [open(), newKey()]
    await store.put(key, await fileWith('first'))
    await store.put(key, await fileWith('second'))
    expect(await contents(store, key)).toBe('second')
  })

  it('removes, also what is not there', async () => {
    const [store, key] = [open(), newKey()]
    await store.put(key, await fileWith('text'))
    await store.remove(key)
    await store.remove(key)
    expect(await contents(store, key)).toBeNull()
  })

  it('stands a reader who leaves in the middle', async () => {
    const [store, key] = [open(), newKey()]
    await store.put(key, await fileWith(Buffer.alloc(500_000, 'x')))
    const found = await store.get(key)
    found?.stream.destroy()
    expect((await contents(store, key))?.length).toBe(500_000)
  })

  it('takes only keys that the program makes, no path and no address', async () => {
    const path = await fileWith('text')
    const store = open()
    const hex = '0'.repeat(32)
    for (const key of [
      '../secrets/token-key',
      `../${hex}-960.webp`,
      `${hex}-960.webp/../x`,
      `${hex}-1.webp\0`,
      '',
      hex,
    ]) {
      await expect(store.put(key, path), key).rejects.toThrow('not a key')
      await expect(store.get(key), key).rejects.toThrow('not a key')
      await expect(store.remove(key), key).rejects.toThrow('not a key')
    }
  })
})

describe('the disk', () => {
  it('keeps its folders for the owner alone', async () => {
    const store = stores['disk']?.()
    const key = newKey()
    await store?.put(key, await fileWith('text'))
    expect((await stat(join(folder, 'files', key.slice(0, 2)))).mode & 0o777).toBe(0o700)
  })
})

describe('an S3 address', () => {
  it('holds key, secret, host, bucket, prefix and region', () => {
    expect(readS3Url('https://KEY:se%2Fcret@s3.example.org/bucket/a/b?region=auto')).toEqual({
      endpoint: 'https://s3.example.org',
      bucket: 'bucket',
      prefix: 'a/b/',
      region: 'auto',
      accessKeyId: 'KEY',
      secretAccessKey: 'se/cret',
    })
  })

  it('is refused without key, secret or bucket, or with another scheme', () => {
    for (const text of [
      'https://s3.example.org/bucket',
      'https://K:S@host',
      'ftp://K:S@host/bucket',
      'https://K:S@host/b',
      'x',
    ])
      expect(readS3Url(text), text).toBeNull()
  })

  it('that the store refuses is an error without the secret in it', async () => {
    const wrong = openStorage({ folder, s3Url: s3.url.replace('S3RVER:S3RVER', 'S3RVER:forged-secret') })
    const error = await wrong.put(newKey(), await fileWith('text')).catch(String)
    expect(error).toMatch('answered 403')
    expect(error).not.toMatch('forged')
    const nowhere = openStorage({ folder, s3Url: s3.url.replace('/madang/', '/nothing-here/') })
    await expect(nowhere.put(newKey(), await fileWith('text'))).rejects.toThrow('no such bucket')
  })
})
