import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { isLanguage, type Language } from '#words/words.ts'
import { type Env, readEnv, settings, WrongSetting } from './env.ts'

export type Role = 'web' | 'worker'

export type Config = {
  port: number
  host: string
  /** Without a slash at the end. */
  baseUrl: string | null
  dataDir: string
  databaseUrl: string | null
  databasePool: number
  redisUrl: string | null
  corsOrigins: readonly string[]
  roles: readonly Role[]
  admin: { email: string; password: string } | null
  trustedProxies: readonly string[]
  timeZone: string
  defaultLanguage: Language
  logLevel: string
  metricsToken: string | null
  /** For repair: nothing that was set in the web or reaches outside can keep the site from starting. */
  safeMode: boolean
  /** Another site that says who people are; null: none. */
  oidc: { issuer: string; clientId: string; clientSecret: string; name: string } | null
  /** How mails go out; null: they do not, and links stand on the administrator's desk. */
  mail: { url: string; from: string } | null
  /** Bytes of one upload, and of everything that one member stores. */
  maxImageBytes: number
  memberStorageBytes: number
  s3Url: string | null
  /** What the site backs up by itself every night; null: nothing. */
  backups: { folder: string; keyFile: string | null; keep: number; bucketUrl: string | null } | null
  /** Bytes of memory for finished pages of guests; 0: none are kept. */
  pageCacheBytes: number
  /** Bytes of memory for answers of the database; 0: each is asked anew. */
  rowCacheBytes: number
  /** Pages that guests of one network may have in the making at once; 0: no limit. */
  guestPagesAtOnce: number
  /** Days that messages are kept; 0 for ever. */
  chatDays: number
  rateLimits: boolean
  /** Passes of the password hash. */
  passwordPasses: number
}

const file = '.env'

/**
 * Loads `.env` of the working folder (what the environment already has wins) and reads the settings. A command that
 * wants another value where nothing is set gives it in `otherwise`.
 */
export function loadConfig(otherwise: Env = {}): Config {
  if (existsSync(file)) loadFile()
  return toConfig(readEnv(undefined, otherwise))
}

function loadFile(): void {
  try {
    process.loadEnvFile(file)
  } catch {
    throw new WrongSetting(`${file} cannot be read: expected a file that the user who starts Madang may read`)
  }
}

/** What `.env` sets and Madang does not know: often a name with a letter too few. */
export function unknownInFile(): string[] {
  if (!existsSync(file)) return []
  const known = new Set<string>(settings.map(({ name }) => name))
  return Object.keys(parseEnv(readFileSync(file, 'utf8'))).filter((name) => !known.has(name))
}

/** Gives checked settings their meaning. @throws WrongSetting for combinations that cannot be. */
export function toConfig(env: Env): Config {
  if (Boolean(env.ADMIN_EMAIL) !== Boolean(env.ADMIN_PASSWORD)) {
    throw new WrongSetting('ADMIN_EMAIL, ADMIN_PASSWORD: expected both or neither')
  }
  if (Boolean(env.SMTP_URL) !== Boolean(env.MAIL_FROM)) {
    throw new WrongSetting('SMTP_URL, MAIL_FROM: expected both or neither')
  }
  if (env.BACKUP_S3_URL && !(env.BACKUP_DIR && env.BACKUP_KEY)) {
    throw new WrongSetting(
      'BACKUP_S3_URL: expected BACKUP_DIR and BACKUP_KEY as well; what leaves is encrypted',
    )
  }
  return {
    port: Number(env.PORT),
    host: env.HOST ?? '127.0.0.1',
    // As browsers write it, in small letters and without a usual port: their Origin is compared with it.
    baseUrl: env.BASE_URL ? new URL(env.BASE_URL).origin : null,
    safeMode: env.SAFE_MODE === 'on',
    oidc: env.SAFE_MODE === 'on' ? null : oidcOf(env),
    dataDir: resolve(env.DATA_DIR ?? './data'),
    databaseUrl: env.DATABASE_URL ?? null,
    databasePool: Number(env.DATABASE_POOL),
    redisUrl: env.REDIS_URL ?? null,
    corsOrigins: env.CORS_ORIGINS?.split(',').map((part) => new URL(part.trim()).origin) ?? [],
    roles: (env.ROLES ?? '')
      .split(',')
      .map((role) => role.trim())
      .filter((role) => role === 'web' || role === 'worker'),
    admin:
      env.ADMIN_EMAIL && env.ADMIN_PASSWORD ? { email: env.ADMIN_EMAIL, password: env.ADMIN_PASSWORD } : null,
    trustedProxies: env.TRUSTED_PROXIES?.split(',').map((part) => part.trim()) ?? [],
    timeZone: env.TIME_ZONE ?? 'Asia/Seoul',
    defaultLanguage: isLanguage(env.DEFAULT_LANGUAGE) ? env.DEFAULT_LANGUAGE : 'ko',
    logLevel: env.LOG_LEVEL ?? 'info',
    metricsToken: env.METRICS_TOKEN ?? null,
    mail: env.SMTP_URL && env.MAIL_FROM ? { url: env.SMTP_URL, from: env.MAIL_FROM } : null,
    maxImageBytes: Number(env.MAX_IMAGE_MB) * 1_000_000,
    memberStorageBytes: Number(env.MEMBER_STORAGE_MB) * 1_000_000,
    s3Url: env.S3_URL ?? null,
    backups: env.BACKUP_DIR
      ? {
          folder: resolve(env.BACKUP_DIR),
          keyFile: env.BACKUP_KEY ? resolve(env.BACKUP_KEY) : null,
          keep: Number(env.BACKUP_KEEP),
          bucketUrl: env.BACKUP_S3_URL ?? null,
        }
      : null,
    pageCacheBytes: Number(env.PAGE_CACHE_MB) * 1_000_000,
    rowCacheBytes: Number(env.ROW_CACHE_MB) * 1_000_000,
    guestPagesAtOnce: Number(env.GUEST_PAGES_AT_ONCE),
    chatDays: Number(env.CHAT_DAYS),
    rateLimits: env.RATE_LIMITS !== 'off',
    passwordPasses: Number(env.PASSWORD_PASSES),
  }
}

function oidcOf(env: Env): Config['oidc'] {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = env
  if (!issuer && !clientId && !clientSecret) return null
  if (!issuer || !clientId || !clientSecret) {
    throw new WrongSetting('OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET: expected all or none')
  }
  return { issuer, clientId, clientSecret, name: env.OIDC_NAME ?? 'OpenID' }
}
