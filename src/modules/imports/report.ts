import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const mostLines = 100_000

/** What an import left out or changed, with file and line. */
export class ImportReport {
  skipped = 0
  changed = 0
  readonly #lines: string[] = []

  /** Something was left out. `line` 0: the file as a whole. */
  skip(file: string, line: number, why: string): void {
    this.skipped++
    this.#add(file, line, why)
  }

  /** Something came in, but not as it was. */
  note(file: string, line: number, what: string): void {
    this.changed++
    this.#add(file, line, what)
  }

  get lines(): readonly string[] {
    return this.#lines
  }

  #add(file: string, line: number, words: string): void {
    if (this.#lines.length < mostLines)
      this.#lines.push(line > 0 ? `${file}:${line}: ${words}` : `${file}: ${words}`)
  }

  /** Writes `import-report-TIME.txt` into the folder. @returns its path; null when there is nothing to report */
  async write(folder: string, options: { source: string; now: Date }): Promise<string | null> {
    if (this.#lines.length === 0) return null
    await mkdir(folder, { recursive: true })
    const stamp = options.now.toISOString().replace(/[:.]/g, '-')
    const path = join(folder, `import-report-${stamp}.txt`)
    const head = `${options.source}\n${this.skipped} left out, ${this.changed} changed\n\n`
    await writeFile(path, `${head}${this.#lines.join('\n')}\n`)
    return path
  }
}
