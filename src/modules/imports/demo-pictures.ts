import { createReadStream } from 'node:fs'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { storeImage } from '#modules/files/files.ts'
import { paths } from '#paths.ts'
import type { Db } from '#platform/database.ts'
import type { FileTools } from '#platform/file-tools.ts'
import type { Pictures } from './demo.ts'

const names = ['stars', 'ginkgo', 'basil']

/** Stores the demo's pictures as if `of` had put them up. @throws what `storeImage` throws */
export async function storeDemoPictures(
  db: Db,
  of: Viewer,
  { tools, now }: { tools: FileTools; now: Date },
): Promise<Pictures> {
  const addresses = new Map<string, string>()
  for (const name of names) {
    const source = createReadStream(new URL(`./demo-pictures/${name}.webp`, import.meta.url))
    const upload = { tools, source, declared: null, title: name, shape: 'whole' as const, now }
    addresses.set(name, paths.file((await storeImage(db, of, upload)).name))
  }
  return { of, addresses }
}
