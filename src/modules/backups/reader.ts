import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type Entry, fromFdPromise, type ZipFile } from 'yauzl'
import { type BackupKey, isEncrypted } from './key.ts'
import { type FileLine, type Manifest, readFileLine, readManifest } from './manifest.ts'
import { BackupProblem } from './problem.ts'
import { noTemporary, temporaryFolder } from './temporary.ts'

/** Bytes of a line, of a manifest: nothing that Madang writes is longer, and more would fill the memory. */
const longest = 64 << 20
/** Lines and bytes given on at a time. */
const batch = { lines: 500, bytes: 4 << 20 }

export const partOfTable = (name: string) => `tables/${name}.jsonl`
export const partOfFile = (key: string) => `files/${key}`
export const partOfSecret = (name: string) => `secrets/${name}`
export const listOfFiles = 'files.jsonl'
export const manifestName = 'manifest.json'

/** An archive that is open: its manifest, and its parts in any order. */
export class ArchiveReader implements AsyncDisposable {
  readonly manifest: Manifest
  /** Bytes of everything in it, unpacked. */
  readonly bytes: number
  readonly names: ReadonlySet<string>
  readonly #zip: ZipFile
  readonly #entries: ReadonlyMap<string, Entry>
  readonly #file: FileHandle

  private constructor(given: {
    zip: ZipFile
    entries: Map<string, Entry>
    file: FileHandle
    manifest: Manifest
  }) {
    this.#zip = given.zip
    this.#entries = given.entries
    this.#file = given.file
    this.manifest = given.manifest
    this.names = new Set(given.entries.keys())
    this.bytes = [...given.entries.values()].reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0)
  }

  /** An encrypted one is decrypted into a temporary file. @throws BackupProblem */
  static async open(path: string, key: BackupKey | null): Promise<ArchiveReader> {
    const file = (await isEncrypted(path)) ? await decrypted(path, key) : await open(path)
    try {
      const zip = await fromFdPromise(file.fd, { autoClose: false, strictFileNames: true })
      const entries = await entriesOf(zip)
      const manifest = readManifest((await textOf(zip, entries.get(manifestName))) ?? '')
      return new ArchiveReader({ zip, entries, file, manifest })
    } catch (error) {
      await file.close()
      throw explained(error, path)
    }
  }

  /** The bytes of a part. @throws BackupProblem when there is no such part, or it is damaged */
  async *chunks(name: string): AsyncGenerator<Buffer> {
    const entry = this.#entries.get(name)
    if (!entry) throw new BackupProblem(`The backup is damaged: it has no ${name}.`)
    try {
      yield* await this.#zip.openReadStreamPromise(entry)
    } catch (error) {
      throw new BackupProblem(`The backup is damaged: ${name} cannot be read (${messageOf(error)}).`)
    }
  }

  /** The lines of a part, in batches. */
  async *lines(name: string): AsyncGenerator<string[]> {
    let begun: Buffer[] = []
    let length = 0
    let lines: string[] = []
    let held = 0
    for await (const chunk of this.chunks(name)) {
      let from = 0
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
        lines.push(Buffer.concat([...begun, chunk.subarray(from, end)]).toString())
        held += length + end - from
        begun = []
        length = 0
        from = end + 1
        if (lines.length >= batch.lines || held >= batch.bytes) {
          yield lines
          lines = []
          held = 0
        }
      }
      begun.push(chunk.subarray(from))
      length += chunk.length - from
      if (length > longest) throw new BackupProblem(`The backup is damaged: a line of ${name} has no end.`)
    }
    if (length > 0) throw new BackupProblem(`The backup is damaged: ${name} ends in the middle of a line.`)
    if (lines.length > 0) yield lines
  }

  async *files(): AsyncGenerator<FileLine> {
    for await (const lines of this.lines(listOfFiles)) for (const line of lines) yield readFileLine(line)
  }

  /** What a part comes to: its bytes, lines and SHA-256. */
  async measure(name: string): Promise<{ bytes: number; lines: number; sha256: string }> {
    const hash = createHash('sha256')
    let bytes = 0
    let lines = 0
    for await (const chunk of this.chunks(name)) {
      hash.update(chunk)
      bytes += chunk.length
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines++
    }
    return { bytes, lines, sha256: hash.digest('hex') }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }
}

/** The archive in a file without a name: nothing of it stays, however the program ends. */
async function decrypted(path: string, key: BackupKey | null): Promise<FileHandle> {
  if (!key)
    throw new BackupProblem(
      'This backup is encrypted. Name the file of its passphrase or secret key: --key FILE',
    )
  if (!key.open)
    throw new BackupProblem('A public key opens no backup. Name the file of the secret key: --key FILE')
  const folder = await temporaryFolder('madang-backup-')
  const plain = await open(join(folder, 'backup.zip'), 'wx+', 0o600)
  await rm(folder, { recursive: true })
  try {
    const source = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>
    await plain.writeFile(await key.open.decrypt(source))
    return plain
  } catch (error) {
    await plain.close()
    if (error instanceof Error && 'syscall' in error && error.syscall === 'write') throw noTemporary(error)
    throw new BackupProblem(
      `The key does not open this backup, or the backup is damaged (${messageOf(error)}).`,
    )
  }
}

/** Every part by its name, none twice. */
async function entriesOf(zip: ZipFile): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>()
  for await (const entry of zip.eachEntry()) {
    const { fileName } = entry
    if (entries.has(fileName)) throw new BackupProblem(`The backup is damaged: it has ${fileName} twice.`)
    entries.set(fileName, entry)
  }
  return entries
}

async function textOf(zip: ZipFile, entry: Entry | undefined): Promise<string | null> {
  if (!entry) return null
  if (entry.uncompressedSize > longest)
    throw new BackupProblem('The backup is damaged: its manifest is too long.')
  const chunks: Buffer[] = []
  for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

function explained(error: unknown, path: string): unknown {
  if (error instanceof BackupProblem) return error
  return new BackupProblem(`${path} is no backup of Madang, or it is damaged (${messageOf(error)}).`)
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
