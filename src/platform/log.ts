import { type Logger, pino } from 'pino'

/** What never stands in a log line, wherever it occurs in a logged object. */
export const redacted = [
  'password',
  'newPassword',
  'password2',
  'token',
  'accessToken',
  'refreshToken',
  'authorization',
  'cookie',
  'email',
] as const

/**
 * JSON lines on standard output, written in bundles at most 100 ms old: a line for every write to the site would
 * otherwise cost it a system call of its own. What is left is written when the process ends.
 */
export function makeLog(level: string): Logger {
  const paths = redacted.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])
  const options = {
    level,
    redact: { paths, censor: '[hidden]' },
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
  }
  return pino(options, pino.destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 100 }))
}
