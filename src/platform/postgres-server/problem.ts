/** What keeps the embedded PostgreSQL from working, in one or two lines for the operator: what is wrong, what to do. */
export class PostgresProblem extends Error {
  override readonly name = 'PostgresProblem'
}

/** The server could not listen where it was told to: another address may do. */
export class AddressRefused extends PostgresProblem {}

/** A failure of the file system as a PostgresProblem; any other error comes back as it is. */
export function explainError(error: unknown, dataDir: string): unknown {
  if (!(error instanceof Error) || error instanceof PostgresProblem || !('code' in error)) return error
  const path = 'path' in error && typeof error.path === 'string' ? error.path : dataDir
  const code = String(error.code)
  if (code === 'EACCES' || code === 'EPERM') return new PostgresProblem(notAllowed(dataDir), { cause: error })
  const says = fileProblems[code]
  return says ? new PostgresProblem(says(path), { cause: error }) : error
}

const diskFull = (path: string) =>
  `The disk that holds ${path} is full. Nothing that was saved is lost.\nMake room: a running Madang then goes on by itself, a stopped one can be started.`

const notAllowed = (path: string) =>
  `Madang may not use ${path}: it, or something in it, belongs to another user.\nStart Madang as the user who owns it, give it to the user who starts Madang (chown -R), or set DATA_DIR to another folder.`

const fileProblems: Record<string, (path: string) => string> = {
  ENOSPC: diskFull,
  EDQUOT: diskFull,
  EROFS: (path) => `${path} is on a read-only disk.\nMount it writable, or set DATA_DIR to another folder.`,
  ENOTDIR: (path) => `${path} cannot be a folder: a part of the path is a file.\nSet DATA_DIR to a folder.`,
  EEXIST: (path) =>
    `${path} is a file where Madang needs a folder.\nMove it away, or set DATA_DIR to another folder.`,
  EBUSY: (path) =>
    `${path} is the top of a disk, where PostgreSQL needs a folder of its own.\nMount the disk as DATA_DIR, or link ${path} to a folder on it.`,
  ENAMETOOLONG: (path) => `The path ${path} is too long.\nSet DATA_DIR to a shorter one.`,
  ELOOP: (path) => `${path} is a link that leads back to itself.\nSet DATA_DIR to a real folder.`,
}

/** Why `postgres` or `initdb` gave up, read from what it printed (always English: it runs with LC_ALL=C). */
export function explainOutput(
  output: string,
  { folder, log }: { folder: string; log: string },
): PostgresProblem {
  const known = outputProblems.find(({ pattern }) => pattern.test(output))
  if (known) return new PostgresProblem(known.says(folder, output))
  if (/could not create any (Unix-domain|TCP\/IP) sockets/.test(output)) {
    return new AddressRefused(`PostgreSQL could not listen: ${detail(output, /could not bind .*/)}`)
  }
  const lines = output.split('\n').filter((line) => /FATAL|PANIC|error:|^postgres: /.test(line))
  const last = lines.at(-1)?.replace(/^.*?((FATAL|PANIC|error):)/, '$1') ?? 'it said nothing'
  return new PostgresProblem(`The embedded PostgreSQL did not start: ${last}\nMore may stand in ${log}.`)
}

const outputProblems: { pattern: RegExp; says: (folder: string, output: string) => string }[] = [
  { pattern: /No space left on device|Disk quota exceeded|wrote only \d+ of \d+ bytes/, says: diskFull },
  {
    pattern: /could not (create shared memory segment|create semaphores|map anonymous shared memory)/,
    says: () =>
      'This machine has too little free memory for PostgreSQL.\nEnd other programs, or give it more memory.',
  },
  {
    pattern: /pre-existing shared memory block|lock file ".*" already exists/,
    says: (folder) =>
      `Another PostgreSQL still works in ${folder}.\nEnd it (see postmaster.pid there), then start again.`,
  },
  {
    pattern: /Read-only file system/,
    says: (folder) =>
      `${folder} is on a read-only disk.\nMount it writable, or set DATA_DIR to another folder.`,
  },
  { pattern: /Permission denied|has wrong ownership/, says: notAllowed },
  {
    pattern:
      /configuration file .* contains errors|unrecognized configuration parameter|invalid value for parameter/,
    says: (folder, output) =>
      `A line in ${folder}/postgresql.conf is wrong: ${detail(output, /unrecognized .*|invalid value .*/)}\nCorrect or remove it, then start again.`,
  },
  {
    pattern:
      /could not find the database system|could not locate a valid checkpoint|invalid checkpoint record|could not open file "(global|pg_wal|pg_xact)/,
    says: (folder) =>
      `The database in ${folder} is damaged (files are missing or broken).\nMove the folder away and restore a backup; nothing in it was changed.`,
  },
]

function detail(output: string, pattern: RegExp): string {
  return pattern.exec(output)?.[0] ?? 'see postgres.log'
}
