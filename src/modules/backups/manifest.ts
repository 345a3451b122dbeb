import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { listMigrations, type Migration } from '#platform/migrations.ts'
import { BackupProblem } from './problem.ts'

const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' })
const Count = Type.Integer({ minimum: 0 })
const Name = Type.String({ pattern: '^[a-z_]{1,63}$' })

/** Keys of DATA_DIR/secrets that belong to the content: what they sealed or signed is worth nothing without them. */
export const secretNames = ['token-key', 'sealing-key', 'push-key'] as const

/** A table's part of the archive: `rows` lines, in all with this SHA-256. */
const TablePart = Type.Object(
  {
    name: Name,
    rows: Count,
    sha256: Hash,
    lastId: Type.Union([Type.Null(), Type.String({ pattern: '^\\d{1,19}$' })]),
  },
  { additionalProperties: false },
)
export type TablePart = Static<typeof TablePart>

/** `manifest.json`, the last file of an archive: what is in it, and what it was made from. */
const Manifest = Type.Object(
  {
    format: Type.Literal('madang-backup'),
    formatVersion: Type.Integer({ minimum: 1 }),
    madang: Type.String({ maxLength: 50 }),
    createdAt: Type.String({ maxLength: 30 }),
    /** The last migration of the schema that the rows have. */
    schema: Type.String({ maxLength: 100 }),
    tables: Type.Array(TablePart),
    /** Tables whose rows are only worth something where and while they were made. */
    leftOut: Type.Array(Name),
    files: Type.Object(
      { count: Count, bytes: Count, missing: Count, sha256: Hash },
      { additionalProperties: false },
    ),
    /** Which key sealed the secrets in the rows: the same letters for the same key. */
    sealedBy: Type.String({ maxLength: 64 }),
    secrets: Type.Array(
      Type.Object({ name: Type.Enum(secretNames), sha256: Hash }, { additionalProperties: false }),
    ),
  },
  { additionalProperties: false },
)
export type Manifest = Static<typeof Manifest>

export const formatVersion = 1

/** One line of `files.jsonl`. */
const FileLine = Type.Object(
  { key: Type.String({ pattern: '^[0-9a-f]{32}-\\d{1,5}\\.webp$' }), bytes: Count, sha256: Hash },
  { additionalProperties: false },
)
export type FileLine = Static<typeof FileLine>

/** @throws BackupProblem when it is none, or of a format that a newer Madang writes */
export function readManifest(text: string): Manifest {
  const given = parse(text)
  if (Value.Check(Type.Object({ formatVersion: Type.Integer({ minimum: formatVersion + 1 }) }), given))
    throw newer()
  if (!Value.Check(Manifest, given))
    throw new BackupProblem('This is no backup of Madang: its manifest is not as it should be.')
  return given
}

export function readFileLine(text: string): FileLine {
  const given = parse(text)
  if (!Value.Check(FileLine, given))
    throw new BackupProblem('The backup is damaged: its list of files is not as it should be.')
  return given
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new BackupProblem('The backup is damaged: what should be JSON in it is not.')
  }
}

/** The migrations that make the schema of the archive, and those that it has not seen. @throws BackupProblem */
export function migrationsFor({ schema }: Manifest): { past: Migration[]; rest: Migration[] } {
  const all = listMigrations()
  const last = all.findIndex(({ name }) => name === schema)
  if (last === -1) throw newer()
  return { past: all.slice(0, last + 1), rest: all.slice(last + 1) }
}

const newer = () =>
  new BackupProblem('A newer Madang made this backup. Install that version or a later one, then restore it.')
