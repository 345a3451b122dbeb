import { constants, createReadStream } from 'node:fs'
import { access, lstat, readdir, readFile, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { createGunzip, gunzipSync } from 'node:zlib'
import { ImportProblem } from './problem.ts'

export type SourceFile = { path: string; name: string; bytes: number }

const archives = /\.(7z|zip|rar|tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz|zst)|bz2|xz|zst|gz)$/i

/**
 * The real path of a folder with files to import. Archives are not read: what they unpack to cannot be known before.
 * @throws ImportProblem that says what to do
 */
export async function openFolder(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => null)
  if (!found) {
    const isHost = /^[\w-]+(\.[\w-]+)+(\/.*)?$/.test(folder)
    const advice = isHost ? `; for a site write its whole address, https://${folder}` : ''
    throw new ImportProblem(`${folder}: there is no such folder${advice}`)
  }
  if (found.isDirectory()) {
    await access(folder, constants.R_OK | constants.X_OK).catch(() => {
      throw new ImportProblem(`${folder}: you may not read this folder`)
    })
    return realpath(folder)
  }
  if (archives.test(folder)) {
    throw new ImportProblem(
      `${folder}: archives are not read. Unpack it into a folder (7z x, unzip, tar xf) and give that folder`,
    )
  }
  throw new ImportProblem(`${folder}: a folder was expected, this is a file`)
}

/** Whether the folder holds an archive, for advice when nothing else is found. */
export async function archiveIn(folder: string): Promise<string | null> {
  const names = await readdir(folder)
  return names.find((name) => archives.test(name) && !name.endsWith('.xml.gz')) ?? null
}

/**
 * A regular file inside the folder under one of the names, written in any case.
 * @throws ImportProblem for a symbolic link that leads out of the folder and for anything that is no file
 */
export async function findFile(folder: string, names: readonly string[]): Promise<SourceFile | null> {
  const present = await readdir(folder)
  for (const wanted of names) {
    const name = present.find((one) => one.toLowerCase() === wanted.toLowerCase())
    if (name) return checkFile(folder, name)
  }
  return null
}

/** @param name relative to `folder` */
export async function checkFile(folder: string, name: string): Promise<SourceFile> {
  const path = await realpath(join(folder, name)).catch(() => null)
  if (!path) throw new ImportProblem(`${name}: a link that leads nowhere`)
  if (!path.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
    throw new ImportProblem(`${name}: a symbolic link out of the folder; copy the file into it`)
  }
  const found = await lstat(path)
  if (!found.isFile()) throw new ImportProblem(`${name}: not a regular file`)
  return { path, name, bytes: found.size }
}

/** Names of the files below the folder that fit, sorted, at most six levels deep; links to folders are not followed. */
export async function listFiles(folder: string, fits: RegExp, depth = 6): Promise<string[]> {
  const names: string[] = []
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new ImportProblem(`${folder}: this folder cannot be read (${codeOf(error)})`)
  })
  for (const entry of entries) {
    // What programs hide beside the files, as archives of a Mac do.
    if (entry.name.startsWith('.')) continue
    if (entry.isDirectory() && depth > 1) {
      const below = await listFiles(join(folder, entry.name), fits, depth - 1)
      names.push(...below.map((name) => join(entry.name, name)))
    } else if (!entry.isDirectory() && fits.test(entry.name)) names.push(entry.name)
  }
  return names.sort((one, other) => (one < other ? -1 : 1))
}

/** What a file unpacks to is bounded by what it weighs: real XML shrinks five to ten times, bombs a thousand. */
const largestRatio = 120
const freeBytes = 64 * 1024 * 1024

const isPacked = ({ name }: SourceFile) => name.toLowerCase().endsWith('.gz')

/** `read` hears how many bytes of the file were taken, `cut` why a packed file ends before its end. */
export type Reading = { read: (bytes: number) => void; cut: (why: string) => void }

/** The bytes of a file, unpacked when its name ends in .gz. */
async function* readBytes(file: SourceFile, on: Reading): AsyncGenerator<Uint8Array> {
  const source = createReadStream(file.path, { highWaterMark: 256 * 1024 })
  source.on('data', (chunk) => on.read(chunk.length))
  const packed = isPacked(file)
  const stream = packed ? source.pipe(createGunzip()) : source
  source.on('error', (error) => stream.destroy(error))
  let total = 0
  try {
    for await (const chunk of stream) {
      if (!(chunk instanceof Uint8Array)) continue
      total += chunk.length
      if (packed && total > freeBytes && total > file.bytes * largestRatio) {
        throw new ImportProblem(`${file.name}: unpacks to far more than it should; refused`)
      }
      yield chunk
    }
  } catch (error) {
    if (error instanceof ImportProblem) throw error
    const why = error instanceof Error ? error.message : 'unknown reason'
    // A download that broke off: what came is worth as much as the beginning of a plain file.
    if (packed && total > 0 && /^Z_/.test(codeOf(error))) on.cut(why)
    else throw new ImportProblem(`${file.name}: cannot be read (${why})`)
  } finally {
    source.destroy()
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/**
 * Lines with their line feeds; UTF-8 unless a byte-order mark says UTF-16. A long line comes in pieces without line feed, each
 * but the first beginning with `mark`: programs write files of many rows and one line.
 */
export async function* readLines(file: SourceFile, mark: string, on: Reading): AsyncGenerator<string> {
  let decoder: TextDecoder | null = null
  let rest = ''
  for await (const chunk of readBytes(file, on)) {
    decoder ??= new TextDecoder(encodingOf(chunk))
    const text = decoder.decode(chunk, { stream: true })
    rest += text
    if (text.includes('\n')) {
      const lines = rest.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) yield `${line}\n`
    }
    const end = rest.length - text.length + text.lastIndexOf(mark)
    if (rest.length > longPiece && text.includes(mark) && end > 0) {
      yield* piecesOf(rest.slice(0, end), mark)
      rest = rest.slice(end)
    }
    if (rest.length > longestLine)
      throw new ImportProblem(`${file.name}: a line is longer than ${longestLine} characters`)
  }
  yield* piecesOf(rest + (decoder?.decode() ?? ''), mark)
}

function* piecesOf(text: string, mark: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const next = text.indexOf(mark, start + 1)
    const end = next < 0 ? text.length : next
    yield text.slice(start, end)
    start = end
  }
}

const longPiece = 500_000
const longestLine = 32_000_000

function encodingOf(start: Uint8Array): string {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le'
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be'
  return 'utf-8'
}

/** The whole of a text file, unpacked when its name ends in .gz. @throws ImportProblem when it is larger than `limit` bytes or cannot be read */
export async function readText(file: SourceFile, limit: number): Promise<string> {
  if (file.bytes > limit) throw new ImportProblem(`${file.name}: larger than ${limit} bytes`)
  try {
    const bytes = await readFile(file.path)
    const text = isPacked(file) ? gunzipSync(bytes, { maxOutputLength: limit }) : bytes
    return new TextDecoder(encodingOf(text)).decode(text)
  } catch (error) {
    throw new ImportProblem(`${file.name}: cannot be read (${codeOf(error)})`)
  }
}
