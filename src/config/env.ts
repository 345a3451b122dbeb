import { isIP } from 'node:net'
import { isLanguage, languageCodes } from '#words/words.ts'

/** Every setting: the only place that reads the environment. `docs/settings.md` is compared with this table by a test. */
export type Setting = {
  name: string
  /** What holds when it is not set; null: nothing. */
  fallback: string | null
  secret?: boolean
  /** One sentence for the operator. */
  says: string
  expects: string
  accepts: (value: string) => boolean
}

const isUrl = (schemes: string[]) => (value: string) => {
  const url = URL.parse(value)
  return url !== null && schemes.includes(url.protocol.slice(0, -1)) && isDecodable(value)
}
/** Names and passwords in addresses are percent-encoded: a bare % stands for itself nowhere. */
const isDecodable = (value: string) => {
  try {
    return decodeURIComponent(value) !== ''
  } catch {
    return false
  }
}
/** Nothing beside scheme, host and port: paths are put behind it. */
const isSite = (value: string) =>
  isUrl(['http', 'https'])(value) && new URL(value).href === `${new URL(value).origin}/`
/** Also without a host before the path, as PostgreSQL's own tools take it: `?host=` names the folder of a socket then. */
export const isPostgres = (value: string) =>
  isUrl(['postgres', 'postgresql'])(value.replace(/^(\w+:\/\/(?:[^/?#]*@)?)(?=\/.*[?&]host=)/, '$1socket'))
const isSubsetOf = (known: string[]) => (value: string) => {
  const parts = value.split(',').map((part) => part.trim())
  return parts.every((part) => known.includes(part)) && new Set(parts).size === parts.length
}
const isOneOf = (known: string[]) => (value: string) => known.includes(value)
const isNumberFrom = (least: number, most: number) => (value: string) =>
  /^\d{1,9}$/.test(value) && Number(value) >= least && Number(value) <= most
const isBucket = (value: string) => {
  const url = isUrl(['http', 'https'])(value) ? new URL(value) : null
  return (
    url !== null &&
    url.username !== '' &&
    url.password !== '' &&
    /^\/[a-z0-9][a-z0-9.-]{1,62}(\/[\w.-]+)*\/?$/.test(url.pathname)
  )
}
/** As the server reads them: it starts with no other. */
const isNetwork = (value: string) => {
  const [address = '', bits = '32', ...more] = value.split('/')
  const longest = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0
  return !address.includes('%') && more.length === 0 && isNumberFrom(1, longest)(bits)
}
const isLoopback = (host: string) => ['localhost', '127.0.0.1', '[::1]'].includes(host)
/** By name: `+09:00` means the opposite to PostgreSQL. */
const isTimeZone = (value: string) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value })
    return /^[a-z]/i.test(value)
  } catch {
    return false
  }
}

export const settings = [
  {
    name: 'PORT',
    fallback: '3000',
    says: 'Port to listen on; 0 takes any free one.',
    expects: 'a number from 0 to 65535',
    accepts: isNumberFrom(0, 65_535),
  },
  {
    name: 'HOST',
    fallback: '127.0.0.1',
    says: 'Address to listen on; 0.0.0.0 for all.',
    expects: 'a host name or address',
    accepts: (v) => /^[\w.:-]+$/.test(v),
  },
  {
    name: 'BASE_URL',
    fallback: null,
    says: 'The address people type, when it differs from HOST and PORT.',
    expects: 'an http or https address without a path',
    accepts: isSite,
  },
  {
    name: 'DATA_DIR',
    fallback: './data',
    says: 'Folder of the embedded database, secrets and files.',
    expects: 'a path',
    accepts: (v) => v.length > 0,
  },
  {
    name: 'DATABASE_URL',
    fallback: null,
    secret: true,
    says: 'Your own PostgreSQL, 15 or newer, instead of the embedded one.',
    expects: 'a postgres:// address',
    accepts: isPostgres,
  },
  {
    name: 'DATABASE_POOL',
    fallback: '10',
    says: 'Connections that one process holds to the database at most.',
    expects: 'a number from 2 to 200',
    accepts: isNumberFrom(2, 200),
  },
  {
    name: 'REDIS_URL',
    fallback: null,
    secret: true,
    says: 'Redis or Valkey, shared by several processes.',
    expects: 'a redis:// or rediss:// address',
    accepts: isUrl(['redis', 'rediss']),
  },
  {
    name: 'CORS_ORIGINS',
    fallback: null,
    says: 'Other sites whose pages may call the API with a token.',
    expects: 'a list of origins such as https://app.example.org',
    accepts: (v) => v.split(',').every((part) => isUrl(['http', 'https'])(part.trim())),
  },
  {
    name: 'ROLES',
    fallback: 'web,worker',
    says: 'What this process does.',
    expects: 'a list of web, worker',
    accepts: isSubsetOf(['web', 'worker']),
  },
  {
    name: 'ADMIN_EMAIL',
    fallback: null,
    says: 'E-mail of the first administrator `admin`, created at the first start.',
    expects: 'an e-mail address',
    accepts: (v) => /^\S+@\S+$/.test(v),
  },
  {
    name: 'ADMIN_PASSWORD',
    fallback: null,
    secret: true,
    says: 'Password of the first administrator.',
    expects: 'from 8 to 200 characters',
    accepts: (v) => v.length >= 8 && v.length <= 200,
  },
  {
    name: 'TRUSTED_PROXIES',
    fallback: null,
    says: 'Addresses of proxies whose X-Forwarded-* headers count.',
    expects: 'a list of addresses or networks',
    accepts: (v) => v.split(',').every((part) => isNetwork(part.trim())),
  },
  {
    name: 'TIME_ZONE',
    fallback: 'Asia/Seoul',
    says: 'The zone in which a day begins and times are shown, but to members who chose another.',
    expects: 'an IANA time zone',
    accepts: isTimeZone,
  },
  {
    name: 'DEFAULT_LANGUAGE',
    fallback: 'ko',
    says: 'Language for readers who ask for none that we have.',
    expects: languageCodes.join(' or '),
    accepts: isLanguage,
  },
  {
    name: 'LOG_LEVEL',
    fallback: 'info',
    says: 'How much the log says.',
    expects: 'trace, debug, info, warn, error, fatal or silent',
    accepts: isOneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
  },
  {
    name: 'SMTP_URL',
    fallback: null,
    secret: true,
    says: 'The mail server that sends for this site: smtps:// from the first byte (465), smtp:// with STARTTLS (587).',
    expects: 'an address such as smtp://name:password@mail.example.org:587',
    accepts: (v) => isUrl(['smtp', 'smtps'])(v) && new URL(v).hostname !== '',
  },
  {
    name: 'MAIL_FROM',
    fallback: null,
    says: 'The address that mails come from.',
    expects: 'an e-mail address',
    accepts: (v) => /^[^\s@<>",;]+@[^\s@<>",;]+$/.test(v),
  },
  {
    name: 'OIDC_ISSUER',
    fallback: null,
    says: 'Another site that members may sign in with, by OpenID Connect.',
    expects: 'an https address, or an http address of this machine',
    accepts: (v) => isUrl(['https'])(v) || (isUrl(['http'])(v) && isLoopback(new URL(v).hostname)),
  },
  {
    name: 'OIDC_CLIENT_ID',
    fallback: null,
    says: 'The name of this site at the issuer.',
    expects: 'the client ID that the issuer gave',
    accepts: (v) => v.length > 0,
  },
  {
    name: 'OIDC_CLIENT_SECRET',
    fallback: null,
    secret: true,
    says: 'What this site proves itself with at the issuer.',
    expects: 'the client secret that the issuer gave',
    accepts: (v) => v.length > 0,
  },
  {
    name: 'OIDC_NAME',
    fallback: 'OpenID',
    says: 'What people call the issuer; stands on the button.',
    expects: 'at most 40 characters',
    accepts: (v) => v.length <= 40,
  },
  {
    name: 'MAX_IMAGE_MB',
    fallback: '5',
    says: 'The largest picture that a member may upload, in megabytes.',
    expects: 'a number from 1 to 50',
    accepts: isNumberFrom(1, 50),
  },
  {
    name: 'MEMBER_STORAGE_MB',
    fallback: '200',
    says: 'What the pictures of one member may take, in megabytes as stored.',
    expects: 'a number from 1 to 1000000',
    accepts: isNumberFrom(1, 1_000_000),
  },
  {
    name: 'S3_URL',
    fallback: null,
    secret: true,
    says: 'A bucket of S3-compatible storage for files, instead of a folder of DATA_DIR.',
    expects: 'an address such as https://key:secret@host/bucket?region=name',
    accepts: isBucket,
  },
  {
    name: 'BACKUP_DIR',
    fallback: null,
    says: 'Folder into which the site backs itself up every night; without it nothing does.',
    expects: 'a path',
    accepts: (v) => v.length > 0,
  },
  {
    name: 'BACKUP_KEY',
    fallback: null,
    says: 'File with the key that encrypts these backups.',
    expects: 'the path of a file',
    accepts: (v) => v.length > 0,
  },
  {
    name: 'BACKUP_S3_URL',
    fallback: null,
    secret: true,
    says: 'A bucket of S3-compatible storage that gets a copy of each of these backups; they have to be encrypted.',
    expects: 'an address such as https://key:secret@host/bucket?region=name',
    accepts: isBucket,
  },
  {
    name: 'BACKUP_KEEP',
    fallback: '7',
    says: 'How many of these backups are kept; older ones go.',
    expects: 'a number from 1 to 10000',
    accepts: isNumberFrom(1, 10_000),
  },
  {
    name: 'PAGE_CACHE_MB',
    fallback: '64',
    says: 'Memory for finished pages of guests, in megabytes; 0 makes each page anew.',
    expects: 'a number from 0 to 100000',
    accepts: isNumberFrom(0, 100_000),
  },
  {
    name: 'ROW_CACHE_MB',
    fallback: '32',
    says: 'Memory for lists, posts and threads as members read them, in megabytes; 0 asks the database each time.',
    expects: 'a number from 0 to 100000',
    accepts: isNumberFrom(0, 100_000),
  },
  {
    name: 'METRICS_TOKEN',
    fallback: null,
    secret: true,
    says: 'Lets a bearer of this token read /metrics from elsewhere than this machine.',
    expects: 'at least 16 characters',
    accepts: (v) => v.length >= 16,
  },
  {
    name: 'GUEST_PAGES_AT_ONCE',
    fallback: '8',
    says: 'Pages that guests of one network (/24, /64) may have in the making at once; finished ones do not count. 0: no limit.',
    expects: 'a number from 0 to 1000',
    accepts: isNumberFrom(0, 1000),
  },
  {
    name: 'CHAT_DAYS',
    fallback: '0',
    says: 'How many days messages of the chat are kept; older ones go every night. 0: for ever.',
    expects: 'a number from 0 to 36500',
    accepts: isNumberFrom(0, 36_500),
  },
  {
    name: 'PASSWORD_PASSES',
    fallback: '14',
    says: 'How much hashing a password costs: passes over 19 MiB; 50 to 100 ms of a processor are right.',
    expects: 'a number from 2 to 100',
    accepts: isNumberFrom(2, 100),
  },
  {
    name: 'RATE_LIMITS',
    fallback: 'on',
    says: 'Limits on requests; off only for load tests on loopback.',
    expects: 'on or off',
    accepts: isOneOf(['on', 'off']),
  },
  {
    name: 'SAFE_MODE',
    fallback: 'off',
    says: 'Starts with settings of the web as they were delivered, without jobs, sign-ups and foreign sign-in, to repair a site.',
    expects: 'on or off',
    accepts: isOneOf(['on', 'off']),
  },
] as const satisfies readonly Setting[]

export type SettingName = (typeof settings)[number]['name']
export type Env = Readonly<Partial<Record<SettingName, string>>>

export class WrongSetting extends Error {
  override readonly name = 'WrongSetting'
}

/**
 * Reads and checks the settings of `source` (the process's environment); empty values count as not set, then what
 * `otherwise` says holds, then the table's own.
 * @throws WrongSetting with one line that names the variable, the value and what was expected.
 */
export function readEnv(source: Record<string, string | undefined> = process.env, otherwise: Env = {}): Env {
  const env: Partial<Record<SettingName, string>> = {}
  const table: readonly Setting[] = settings
  for (const setting of table) {
    const value = source[setting.name]?.trim() || (otherwise[setting.name as SettingName] ?? setting.fallback)
    if (value === null) continue
    if (!setting.accepts(value)) {
      const shown = setting.secret ? '(hidden)' : JSON.stringify(value)
      throw new WrongSetting(`${setting.name}=${shown}: expected ${setting.expects}`)
    }
    env[setting.name as SettingName] = value
  }
  return env
}
