import { SaxesParser } from 'saxes'
import { ImportProblem } from './problem.ts'
import { readLines, type SourceFile } from './source-files.ts'

export type Row = { line: number; values: Record<string, string> }

const largestRow = 32_000_000
const deepest = 5
const forbidden =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML forbids these, dumps hold them
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|&#(?:x0*(?:[0-8bcef]|1[0-9a-f]|fff[ef])|0*(?:[0-8]|1[124-9]|2\d|3[01]));/gi

// The parser looks for the end of a reference as far as it must, over rows that are sound. This one it refuses at once.
const looseAmpersand = /&(?!#?\w{1,12};)/g

/**
 * The `row` elements of a dump's file, one after another, without holding more than one line of it.
 * A row that is broken is told to `onBroken` and left out; reading goes on at the next line that begins a row.
 * Nothing outside the file is ever read: a DOCTYPE is skipped, and one that declares entities is refused.
 * @throws ImportProblem for entity declarations, for elements nested too deeply, for a row without end
 */
export async function* readRows(
  file: SourceFile,
  on: { read: (bytes: number) => void; broken: (line: number, why: string) => void },
): AsyncGenerator<Row> {
  const reader = new RowReader(file.name, on.broken)
  let line = 1
  const cut = (why: string) => on.broken(line, `the file cannot be unpacked further: ${why}`)
  for await (const text of readLines(file, '<row ', { read: on.read, cut })) {
    reader.take(line, text.replace(forbidden, '').replace(looseAmpersand, '&ampersand;'))
    if (reader.ready.length > 0) yield* reader.ready.splice(0)
    if (text.endsWith('\n')) line++
  }
  reader.finish(line)
}

class RowReader {
  readonly ready: Row[] = []
  readonly #name: string
  readonly #onBroken: (line: number, why: string) => void
  #parser = new SaxesParser()
  #depth = 0
  #line = 0
  /** Line where the row that is being read began; 0 between rows. */
  #rowLine = 0
  #pending = 0
  #error: string | null = null
  #lost = false
  #root = 'rows'

  constructor(name: string, onBroken: (line: number, why: string) => void) {
    this.#name = name
    this.#onBroken = onBroken
    this.#listen()
  }

  take(line: number, text: string): void {
    const beginsRow = /^\s*<row[\s/>]/.test(text)
    if (this.#lost) {
      if (!beginsRow) return
      this.#restart()
    }
    const begunBefore = this.#rowLine !== 0
    if (!begunBefore && beginsRow) this.#rowLine = line
    const begun = this.#rowLine
    this.#feed(line, text)
    if (this.#error === null) return
    this.#giveUp(begun || line)
    // What began before broke here; this may be a sound row of its own.
    if (beginsRow && begunBefore) this.take(line, text)
  }

  finish(line: number): void {
    if (this.#rowLine !== 0)
      this.#onBroken(this.#rowLine, `the row does not end (the file ends at line ${line})`)
  }

  #feed(line: number, text: string): void {
    this.#line = line
    this.#pending += text.length
    this.#parser.write(text)
    if (this.#pending > largestRow)
      throw new ImportProblem(`${this.#name}:${line}: a row or a declaration without end`)
  }

  #giveUp(line: number): void {
    this.#onBroken(line, `not well-formed: ${this.#error}`)
    this.#error = null
    this.#lost = true
    this.#rowLine = 0
  }

  #restart(): void {
    this.#parser = new SaxesParser()
    this.#depth = 0
    this.#pending = 0
    this.#lost = false
    this.#listen()
    this.#parser.write(`<${this.#root}>`)
  }

  #listen(): void {
    const parser = this.#parser
    parser.on('doctype', (text) => this.#checkDoctype(text))
    parser.on('error', (error) => {
      this.#error ??= error.message.replace(/^\d+:\d+: /, '').slice(0, 200)
    })
    parser.on('opentagstart', (tag) => {
      if (tag.name === 'row' && this.#rowLine === 0) this.#rowLine = this.#line
    })
    parser.on('opentag', (tag) => {
      if (this.#depth === 0) this.#root = tag.name
      if (++this.#depth > deepest)
        throw new ImportProblem(`${this.#name}:${this.#line}: elements are nested too deeply`)
      this.#pending = 0
      if (tag.name !== 'row') return
      if (this.#error === null) this.ready.push({ line: this.#rowLine || this.#line, values: tag.attributes })
    })
    parser.on('closetag', () => {
      this.#depth--
      this.#pending = 0
      this.#rowLine = 0
    })
  }

  #checkDoctype(text: string): void {
    this.#pending = 0
    if (/<!ENTITY/i.test(text)) {
      throw new ImportProblem(
        `${this.#name}: its DOCTYPE declares entities; refused. A dump as published has none`,
      )
    }
  }
}
