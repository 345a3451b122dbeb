import { WrongSetting } from '#config/env.ts'
import { BackupProblem } from '#modules/backups/problem.ts'
import { ImportProblem } from '#modules/imports/problem.ts'
import { Refusal } from '#platform/errors.ts'
import { isDatabaseAway } from '#platform/http/problems.ts'
import { MigrationProblem } from '#platform/migrations.ts'
import { PostgresProblem } from '#platform/postgres-server/server.ts'
import { DamagedSecret } from '#platform/secrets.ts'
import { fieldText, refusalText } from '#ui/answers.ts'
import { languages } from '#words/words.ts'

const forPeople = [
  WrongSetting,
  PostgresProblem,
  MigrationProblem,
  ImportProblem,
  BackupProblem,
  DamagedSecret,
]

/** What ends the program, for a terminal: a few lines where a person can act on it, else all that is known. */
export function explain(error: unknown): string {
  if (error instanceof Refusal) {
    const { en } = languages
    const fields = error.fields.map((field) => `${field.field}: ${fieldText(en, field)}`)
    return [refusalText(en, error, 'UTC'), ...fields].join('\n')
  }
  if (!(error instanceof Error)) return String(error)
  const address = notListening(error)
  if (address) return address
  if (isDatabaseGone(error)) {
    return `The database went away (${error.message}). What was done before stays; run the same command again to go on.`
  }
  if ('code' in error && error.code === '42501')
    return `The database's user may not do this: ${error.message}.\nLet the user of DATABASE_URL own the database and all that is in it.`
  return forPeople.some((kind) => error instanceof kind) ? error.message : String(error.stack)
}

/** Why nothing can listen at HOST and PORT, and what may do instead. */
function notListening(error: Error): string | undefined {
  const { code, syscall } = { code: '', syscall: '', ...error }
  return syscall === 'listen' || syscall === 'getaddrinfo' ? addresses[code] : undefined
}

const noSuchHost = 'HOST is no address of this machine. 127.0.0.1 is for this machine alone, 0.0.0.0 for all.'
const addresses: Readonly<Record<string, string>> = {
  EADDRINUSE: 'The port is taken: another program listens there. Choose another one: PORT=3001 npm start',
  EACCES:
    'Only root may listen on this port. Choose one from 1024 on, with a proxy before it: PORT=3000 npm start',
  EADDRNOTAVAIL: noSuchHost,
  ENOTFOUND: noSuchHost,
  EAI_AGAIN: noSuchHost,
}

/** Gone, full, or in each other's way with the running site. Not a file that is missing. */
function isDatabaseGone(error: Error): boolean {
  const { code, syscall } = { code: '', syscall: '', ...error }
  return code === '40P01' || (isDatabaseAway(error) && (code !== 'ENOENT' || syscall === 'connect'))
}
