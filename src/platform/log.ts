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

/** JSON lines on standard output. */
export function makeLog(level: string): Logger {
  const paths = redacted.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])
  return pino({
    level,
    redact: { paths, censor: '[hidden]' },
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
  })
}
