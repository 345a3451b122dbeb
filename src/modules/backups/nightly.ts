import { execFile } from 'node:child_process'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { canOpen } from './key.ts'

/** Where the site puts its own backups, what encrypts them, how many stay, and the bucket that gets a copy of each. */
export type Nightly = { folder: string; keyFile: string | null; keep: number; bucketUrl: string | null }

export type KeptBackup = { name: string; bytes: number; at: Date }

/** Whether a night went by without one, and the next as well. */
export const isLate = (newest: KeptBackup, now: Date) => now.getTime() - newest.at.getTime() > 48 * 3_600_000

/** Of a night; what the operator puts beside them stays out of it. */
export const ofNight = /^madang-\d{4}-\d\d-\d\d\.zip$/
const cli = fileURLToPath(new URL('../../cli.ts', import.meta.url))

/**
 * Makes the backup of a day and proves it by a restoration, unless its key only encrypts; then older ones than `keep`
 * go. It runs the terminal's commands with the settings in `env`, else those of this process: in others, so that no request waits for it.
 * @returns its name; null when the day has one. @throws Error with what the command said
 */
export async function backUpDay(
  { folder, keyFile, keep }: Omit<Nightly, 'bucketUrl'>,
  { day, env }: { day: string; env?: NodeJS.ProcessEnv },
): Promise<string | null> {
  const name = `madang-${day}.zip`
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if ((await listBackups(folder)).some((one) => one.name === name)) return null
  const unproven = join(folder, `unproven-${name}`)
  // Of a night that was cut off.
  for (const left of await readdir(folder))
    if (left.startsWith('unproven-madang-')) await rm(join(folder, left), { force: true })
  const key = keyFile === null ? [] : ['--key', keyFile]
  try {
    await runCommand(['backup', unproven, ...key], env)
    if (keyFile === null || canOpen(keyFile)) await runCommand(['verify', unproven, ...key], env)
    await rename(unproven, join(folder, name))
  } finally {
    await rm(unproven, { force: true })
  }
  for (const old of (await listBackups(folder)).slice(keep)) await rm(join(folder, old.name), { force: true })
  return name
}

/** The backups of nights, newest first; none when there is no folder. */
export async function listBackups(folder: string): Promise<KeptBackup[]> {
  const names = await readdir(folder).catch(() => [])
  const found = names.filter((name) => ofNight.test(name)).toSorted((a, b) => b.localeCompare(a))
  const sizes = await Promise.all(found.map((name) => stat(join(folder, name)).catch(() => null)))
  return found.flatMap((name, i) => {
    const file = sizes[i]
    return file ? [{ name, bytes: file.size, at: file.mtime }] : []
  })
}

/** Behind the server where both want the processor. */
function runCommand(words: readonly string[], env: NodeJS.ProcessEnv | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, [cli, ...words], { env }, (error, _said, problems) => {
      if (error) reject(new Error(problems.trim() || error.message))
      else resolve()
    })
    if (child.pid) setPriority(child.pid, 10)
  })
}
