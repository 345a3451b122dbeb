import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname } from 'node:path'

/**
 * The texts without their types, kept in `file` for the next start: what strips them takes 15 MB, which no process
 * gives back. A file that is another one's, broken, or cannot be written is as good as none.
 */
export function stripTypes(texts: readonly string[], file: string): string[] {
  const hash = createHash('sha256')
    .update(JSON.stringify([process.version, texts]))
    .digest('hex')
  const kept = readKept(file)
  if (kept?.hash === hash) return kept.texts
  const stripped = texts.map((text) => stripTypeScriptTypes(text))
  try {
    mkdirSync(dirname(file), { recursive: true })
    // Others may be reading, or writing the same.
    const whole = `${file}.${process.pid}`
    writeFileSync(whole, JSON.stringify({ hash, texts: stripped }))
    renameSync(whole, file)
  } catch {
    // The program's folder may belong to somebody else.
  }
  return stripped
}

function readKept(file: string): { hash: string; texts: string[] } | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}
