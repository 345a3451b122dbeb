import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { readKeyFile } from './key.ts'
import { ArchiveReader } from './reader.ts'

test('a folder of temporary files that is not there is no fault of the key', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'madang-temporary-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const [key, archive] = [join(folder, 'key'), join(folder, 'backup.zip')]
  await writeFile(key, '느티나무 아래 평상 하나\n')
  await writeFile(archive, 'age-encryption.org/v1\n')
  vi.stubEnv('TMPDIR', join(folder, 'nowhere'))
  onTestFinished(() => void vi.unstubAllEnvs())
  await expect(ArchiveReader.open(archive, await readKeyFile(key))).rejects.toThrow(
    /^Temporary files cannot be written: .*set TMPDIR/,
  )
})
