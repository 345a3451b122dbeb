import { constants } from 'node:fs'
import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { checkKey } from './key.ts'
import type { Storage } from './shapes.ts'

const isCode = (error: unknown, code: string) =>
  error instanceof Error && 'code' in error && error.code === code

/** Files in 256 folders below `folder`, which is made at the first use, for its owner alone. */
export function diskStorage(folder: string): Storage {
  const pathOf = (key: string) => join(folder, checkKey(key).slice(0, 2), key)
  return {
    async put(key, path) {
      const target = pathOf(key)
      await mkdir(dirname(target), { recursive: true, mode: 0o700 })
      try {
        await rename(path, target)
      } catch (error) {
        if (!isCode(error, 'EXDEV')) throw error
        // From another file system: copied beside first, so that half a file is never found by its key.
        const beside = `${target}.part`
        await copyFile(path, beside, constants.COPYFILE_FICLONE)
        await rename(beside, target)
      }
    },
    async get(key) {
      try {
        const file = await open(pathOf(key))
        const { size } = await file.stat()
        return { stream: file.createReadStream(), bytes: size }
      } catch (error) {
        if (isCode(error, 'ENOENT')) return null
        throw error
      }
    },
    async remove(key) {
      await rm(pathOf(key), { force: true })
    },
  }
}
