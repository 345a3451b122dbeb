import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateIdentity } from 'age-encryption'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readKeyFile } from './key.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'madang-keys-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function keyFile(text: string): Promise<string> {
  const path = join(folder, randomBytes(6).toString('hex'))
  await writeFile(path, text)
  return path
}

test('a passphrase that is found by trying is refused', async () => {
  await expect(readKeyFile(join(folder, 'nowhere'))).rejects.toThrow('cannot be read')
  for (const text of ['', '\n# only a comment\n', '짧은 문구']) {
    const path = await keyFile(text)
    await expect(readKeyFile(path), text).rejects.toThrow('12 characters or more')
  }
})

test('keys of another kind are refused, and none is repeated in what is said', async () => {
  const identity = await generateIdentity()
  const wrong: [string, RegExp][] = [
    ['-----BEGIN OPENSSH PRIVATE KEY-----\nxxxx', /a key of another kind/],
    ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@here', /a key of another kind/],
    [`${identity}\n${await generateIdentity()}`, /holds 2 keys/],
    [`${identity.slice(0, -1)}${identity.endsWith('Q') ? 'P' : 'Q'}`, /not whole/],
    ['age1nonsense', /not whole/],
  ]
  for (const [text, said] of wrong) {
    const path = await keyFile(text)
    await expect(readKeyFile(path), text).rejects.toThrow(said)
    await expect(readKeyFile(path)).rejects.not.toThrow(text.slice(5))
  }
})
