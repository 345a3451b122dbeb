import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BackupProblem } from './problem.ts'

/** A new folder among the temporary files. @throws BackupProblem */
export async function temporaryFolder(beginning: string): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), beginning))
  } catch (error) {
    throw noTemporary(error)
  }
}

export const noTemporary = (error: unknown) =>
  new BackupProblem(
    `Temporary files cannot be written: ${error instanceof Error ? error.message : error}. Make room in ${tmpdir()}, or set TMPDIR to a folder that has some.`,
  )
