import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Writes files into a new temporary folder and gives its path; whoever asks removes it. */
export function makeFolder(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'madang-import-'))
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  }
  return folder
}

/** A folder of real samples beside the repository; null, with a line that says so, where it is absent. */
export function sampleFolder(name: string): string | null {
  const folder = new URL(`../../../shared/data/${name}`, import.meta.url).pathname
  if (existsSync(folder)) return folder
  process.stderr.write(`left out: the sample ${name} is not at ${folder}\n`)
  return null
}

/** A file of the Stack Exchange dump: one row a line, attributes escaped. */
export function dumpFile(name: string, rows: readonly Record<string, string | number>[]): string {
  const quoted = (value: string | number) =>
    String(value).replace(/[&<>"\n]/g, (one) => `&#${one.charCodeAt(0)};`)
  const lines = rows.map((row) => {
    const attributes = Object.entries(row).map(([key, value]) => `${key}="${quoted(value)}"`)
    return `  <row ${attributes.join(' ')} />`
  })
  return `<?xml version="1.0" encoding="utf-8"?>\n<${name}>\n${lines.join('\n')}\n</${name}>\n`
}
