import { createHash, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { unzipSync, zipSync } from 'fflate'
import type { Manifest } from '#modules/backups/manifest.ts'
import { connectForTables, inTransaction, listTables, rowsOf } from '#platform/tables.ts'

/** The parts of an archive that is not encrypted, to be changed by a hostile hand. */
export class Parts {
  readonly files: Record<string, Uint8Array>
  constructor(files: Record<string, Uint8Array>) {
    this.files = files
  }
  get manifest(): Manifest {
    return JSON.parse(this.text('manifest.json'))
  }
  text(name: string): string {
    return Buffer.from(this.files[name] ?? []).toString()
  }
  set(name: string, content: string | Uint8Array): void {
    this.files[name] = Buffer.from(content)
  }
  changeManifest(change: (manifest: Manifest) => unknown): void {
    const { manifest } = this
    change(manifest)
    this.set('manifest.json', JSON.stringify(manifest))
  }
  /** Other rows in a table, with a manifest that agrees. */
  forge(table: string, lines: string[]): void {
    const text = lines.map((line) => `${line}\n`).join('')
    this.set(`tables/${table}.jsonl`, text)
    this.changeManifest(({ tables }) => {
      const part = tables.find(({ name }) => name === table)
      Object.assign(part ?? {}, {
        rows: lines.length,
        sha256: createHash('sha256').update(text).digest('hex'),
      })
    })
  }
}

/** The archive once more, changed. @returns its path, beside the first */
export async function rewritten(path: string, change: (parts: Parts) => void): Promise<string> {
  const parts = new Parts(unzipSync(await readFile(path)))
  change(parts)
  const changed = `${path}-${randomBytes(6).toString('hex')}`
  await writeFile(changed, zipSync(parts.files, { level: 1 }))
  return changed
}

/** Every row of every table as text, by table. */
export async function contentOf(url: string): Promise<Record<string, string[]>> {
  await using client = await connectForTables(url)
  const content: Record<string, string[]> = {}
  await inTransaction(client, 'begin', async () => {
    for (const table of await listTables(client)) {
      const lines: string[] = []
      for await (const batch of rowsOf(client, table)) lines.push(...batch)
      content[table.name] = lines
    }
  })
  return content
}
