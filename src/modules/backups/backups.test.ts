import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withdrawAgain } from '#modules/accounts/accounts.ts'
import { seedDemo } from '#modules/imports/demo.ts'
import { seedDemoChats } from '#modules/imports/demo-chats.ts'
import { ask, openDatabase } from '#platform/database.ts'
import { enqueue, prepareJobs } from '#platform/jobs.ts'
import { listMigrations } from '#platform/migrations.ts'
import { openStorage } from '#platform/storage/storage.ts'
import { buildSchema, connectForTables, inTransaction } from '#platform/tables.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { contentOf, rewritten } from '#test/support/archives.ts'
import { wrongCounters } from '#test/support/counters.ts'
import { makeLoneDatabase } from '#test/support/database.ts'
import { plain } from '#test/support/images.ts'
import { type BackupInput, backup } from './backup.ts'
import { readKeyFile } from './key.ts'
import { moveDatabase } from './move.ts'
import { ArchiveReader } from './reader.ts'
import { restore } from './restore.ts'
import { verify } from './verify.ts'

let site: TestApp
let member: Actor
let picture = ''
let folder = ''
let whole = ''
const go = () => ({ signal: new AbortController().signal, onProgress: () => {} })
const passphrase = '소나무 아래 마당 한 켠'

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'madang-backups-'))
  site = await makeTestApp()
  const { now } = site.clock
  await seedDemo(site.db, { now })
  await seedDemoChats(site.db, { now, origin: '' })
  // Who is told of messages is told some seconds later, and that would be after the backup.
  await site.deps.notifier.flush('rooms')
  member = await site.member('돌담길 옆')
  picture = (await member.api('POST', '/files', await plain('png'))).json().url
  await site.post(member, await site.board(), {
    title: "Robert'); drop table posts;-- \\. \u2028",
    body: `![](${picture}) "quoted" \\n \\x00 {"a": [null]} 한글 \u{1f33f}\n\n\ttab`,
  })
  whole = await write()
})
afterAll(async () => {
  await site[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const newPath = () => join(folder, `${randomBytes(6).toString('hex')}.zip`)

async function write(given: Partial<BackupInput> = {}): Promise<string> {
  const path = newPath()
  const { storage } = site.deps.files
  const { sealingKey } = site.deps
  const input = { ...go(), path, key: null, secrets: [], sealingKey, version: '0.0.0', now: site.clock.now }
  await backup({ url: site.database.url, storage }, { ...input, ...given })
  return path
}

function targetOf(url: string) {
  const kept = new Map<string, Buffer>()
  const home = join(folder, randomBytes(6).toString('hex'))
  const storage = openStorage({ folder: join(home, 'files'), s3Url: null })
  const keepSecret = async (name: string, value: Buffer) => void kept.set(name, value)
  const clearAgain = async () => {}
  return {
    url,
    storage,
    folder: join(home, 'uploads'),
    keepSecret,
    clearAgain,
    sealingKey: null,
    kept,
  }
}

async function restoreInto(url: string, path = whole, given: { key?: string; replace?: boolean } = {}) {
  const target = targetOf(url)
  await using archive = await ArchiveReader.open(path, given.key ? await readKeyFile(given.key) : null)
  const done = await restore(target, archive, { ...go(), replace: given.replace ?? false })
  return { ...done, target }
}

async function asking(url: string, text: string) {
  await using database = openDatabase({ url, size: 1 })
  return await ask(database.db, text, [])
}

async function keyFile(text: string): Promise<string> {
  const path = join(folder, randomBytes(6).toString('hex'))
  await writeFile(path, text)
  return path
}

async function check(path: string, key?: string) {
  await using scratch = await makeLoneDatabase()
  await using archive = await ArchiveReader.open(path, key ? await readKeyFile(key) : null)
  return await verify({ url: scratch.url, folder }, archive, go())
}

const leftOut = [
  'challenges',
  'member_links',
  'push_subscriptions',
  'sessions',
  'sign_in_codes',
  'visitor_keys',
  'webhook_deliveries',
]

describe('a backup', () => {
  it('comes back with every value, every file, and counters that agree', async () => {
    await using empty = await makeLoneDatabase()
    const done = await restoreInto(empty.url)
    const before = await contentOf(site.database.url)
    const after = await contentOf(empty.url)
    expect(before['sessions']?.length, 'the site has sessions to leave out').toBeGreaterThan(0)
    for (const name of leftOut) {
      expect(after[name], name).toEqual([])
      delete before[name]
      delete after[name]
    }
    expect(Object.keys(before).length).toBeGreaterThan(50)
    expect(after).toEqual(before)
    expect(done.rows).toBe(Object.values(before).flat().length)
    await using database = openDatabase({ url: empty.url, size: 1 })
    expect(await wrongCounters(database.db)).toEqual([])

    expect(done.files).toBeGreaterThan(0)
    const key = `${picture.slice(7, 39)}-320.webp`
    const [given, back] = await Promise.all(
      [site.deps.files.storage, done.target.storage].map(async (storage) => {
        const found = await storage.get(key)
        return found && buffer(found.stream)
      }),
    )
    expect(given && back?.equals(given)).toBe(true)
  })

  it('gives no number a second time, not even that of what was deleted', async () => {
    const next = `insert into drafts (member_id, target, title, body, tags, updated_at) values ($1, 'new', '', '', '{}', now()) returning id`
    const [gone] = await ask<{ id: number }>(site.db, next, [member.id])
    await ask(site.db, 'delete from drafts where id = $1', [gone?.id])
    await using empty = await makeLoneDatabase()
    await restoreInto(empty.url, await write())
    await using database = openDatabase({ url: empty.url, size: 1 })
    const [made] = await ask<{ id: number }>(database.db, next, [member.id])
    expect(made?.id).toBe((gone?.id ?? 0) + 1)
  })

  it('is of one moment while others write', async () => {
    const board = await site.board()
    const post = await site.post(member, board)
    let writing = true
    const writer = async () => {
      for (let i = 0; writing; i++) await member.api('POST', `/posts/${post.id}/comments`, { body: `${i}` })
    }
    const writers = [writer(), writer(), writer()]
    const path = await write()
    writing = false
    await Promise.all(writers)
    await using empty = await makeLoneDatabase()
    await restoreInto(empty.url, path)
    await using database = openDatabase({ url: empty.url, size: 1 })
    expect(await wrongCounters(database.db)).toEqual([])
  })

  it('leaves nothing behind when it is stopped, and takes no name that is taken', async () => {
    const stop = new AbortController()
    const path = newPath()
    await expect(write({ path, signal: stop.signal, onProgress: () => stop.abort() })).rejects.toThrow(
      'Stopped',
    )
    expect((await readdir(folder)).filter((name) => path.endsWith(name.replace(/\.\d+\.part$/, '')))).toEqual(
      [],
    )
    const before = await stat(whole)
    await expect(write({ path: whole })).rejects.toThrow('is there already')
    expect(await stat(whole)).toEqual(before)
  })

  it('is for its owner alone to read', async () => {
    expect((await stat(whole)).mode & 0o777).toBe(0o600)
  })

  it('is verified by a restoration that is thrown away', async () => {
    const done = await check(whole)
    expect(done.files).toBe(1)
    expect(done.rows).toBeGreaterThan(1000)
  })

  it('with another value than it was made of is not verified, whatever its checksums say', async () => {
    const path = await rewritten(whole, (parts) => {
      const rows = parts.text('tables/tags.jsonl').trimEnd().split('\n')
      // The same value in other letters: it comes out of the database as PostgreSQL writes it.
      parts.forge('tags', [...rows.slice(1), rows[0]?.replace(':', ' :') ?? ''])
    })
    await expect(check(path)).rejects.toThrow('tags came out of the database other than it went in')
  })
})

describe('what a backup leaves out', () => {
  it('is nothing that rows in it refer to', async () => {
    const rows = await ask<{ from: string; to: string }>(
      site.db,
      `select k.conrelid::regclass::text as from, k.confrelid::regclass::text as to from pg_constraint k
       where k.contype = 'f' and k.confrelid::regclass::text = any($1) and not k.conrelid::regclass::text = any($1)`,
      [leftOut],
    )
    expect(rows).toEqual([])
  })

  it('keeps its last numbers: receivers of webhooks know a delivery by it', async () => {
    await ask(site.db, `select setval(pg_get_serial_sequence('webhook_deliveries', 'id'), 41)`, [])
    await using empty = await makeLoneDatabase()
    await restoreInto(empty.url, await write())
    await using database = openDatabase({ url: empty.url, size: 1 })
    const [next] = await ask<{ id: number }>(
      database.db,
      `select nextval(pg_get_serial_sequence('webhook_deliveries', 'id')) as id`,
      [],
    )
    expect(next?.id).toBe(42)
  })
})

describe('odd values', () => {
  it('of JSON come back: null there is no NULL, and no column has to tell the two apart', async () => {
    const nullable = await ask(
      site.db,
      `select attrelid::regclass::text, attname from pg_attribute a join pg_class c on c.oid = a.attrelid
       where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.atttypid = 'jsonb'::regtype and not a.attnotnull`,
      [],
    )
    expect(nullable).toEqual([])
    await ask(
      site.db,
      `insert into settings (name, value) values ('site.odd', 'null'), ('site.deep', '{"a": [null, 1e400]}')`,
      [],
    )
    const path = await write()
    await ask(site.db, `delete from settings where name in ('site.odd', 'site.deep')`, [])
    await check(path)
    await using empty = await makeLoneDatabase()
    await restoreInto(empty.url, path)
    const settings = (await contentOf(empty.url))['settings']?.join()
    expect(settings).toContain('{"name":"site.odd","value":null}')
    expect(settings).toMatch(/"a": \[null, 10{400}\]/)
  })

  it('that pack to next to nothing are no reason to refuse', async () => {
    const board = await site.board()
    for (let i = 0; i < 40; i++) await site.post(member, board, { body: 'a'.repeat(50_000) })
    expect((await check(await write())).rows).toBeGreaterThan(1000)
  })
})

it('a backup of nobody is refused: it is the wrong folder', async () => {
  await using other = await makeLoneDatabase('schema')
  const input = { ...go(), path: newPath(), key: null, secrets: [], version: '', now: site.clock.now }
  const { sealingKey, files } = site.deps
  await expect(backup({ url: other.url, storage: files.storage }, { ...input, sealingKey })).rejects.toThrow(
    'This site has no members',
  )
})

describe('an encrypted backup', () => {
  it('opens with its passphrase alone', async () => {
    const key = await keyFile(`${passphrase}\n`)
    const path = await write({ key: await readKeyFile(key) })
    expect((await readFile(path)).toString('latin1')).not.toMatch(/manifest|^PK/)
    expect((await check(path, key)).files).toBe(1)
    await expect(check(path)).rejects.toThrow('This backup is encrypted')
    await expect(check(path, await keyFile('another passphrase'))).rejects.toThrow(
      'does not open this backup',
    )
    const cut = `${path}-cut`
    await writeFile(cut, (await readFile(path)).subarray(0, -1000))
    await expect(check(cut, key)).rejects.toThrow('the backup is damaged')
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('madang-backup-'))).toEqual([])
  })

  it('is written with a public key and opens with the secret one', async () => {
    const identity = await generateIdentity()
    const secret = await keyFile(`# created: today\n${identity}\n`)
    const open = await keyFile(await identityToRecipient(identity))
    const path = await write({ key: await readKeyFile(open) })
    await expect(check(path, open)).rejects.toThrow('A public key opens no backup')
    expect((await check(path, secret)).files).toBe(1)
  })

  it('alone may hold keys of the site, which come back with it', async () => {
    const secrets = [{ name: 'sealing-key', value: site.deps.sealingKey } as const]
    await expect(write({ secrets })).rejects.toThrow('only into an encrypted backup')
    const key = await keyFile(passphrase)
    const path = await write({ secrets, key: await readKeyFile(key) })
    await using empty = await makeLoneDatabase()
    const { target } = await restoreInto(empty.url, path, { key })
    expect([...target.kept]).toEqual([['sealing-key', Buffer.from(site.deps.sealingKey)]])
  })

  it('without them says how many secrets cannot be opened elsewhere', async () => {
    await ask(
      site.db,
      `insert into totp_secrets (member_id, sealed, created_at) values ($1, '\\x00', now())`,
      [member.id],
    )
    const path = await write()
    await ask(site.db, 'delete from totp_secrets', [])
    await using empty = await makeLoneDatabase()
    expect((await restoreInto(empty.url, path)).sealedForGood).toBe(1)
    const target = { ...targetOf(empty.url), sealingKey: site.deps.sealingKey }
    await using archive = await ArchiveReader.open(path, null)
    expect((await restore(target, archive, { ...go(), replace: true })).sealedForGood).toBe(0)
  })
})

describe('restoring', () => {
  it('takes the place of a content only when told to', async () => {
    await using filled = await makeLoneDatabase('schema')
    await restoreInto(filled.url)
    await expect(restoreInto(filled.url)).rejects.toThrow('With --replace the backup takes their place')
    const path = await rewritten(whole, (parts) => parts.forge('tags', []))
    await restoreInto(filled.url, path, { replace: true })
    expect((await contentOf(filled.url))['tags']).toEqual([])
  })

  it('waits for no site that runs, and takes no database of somebody else', async () => {
    await using other = await makeLoneDatabase()
    {
      await using database = openDatabase({ url: other.url, size: 1 })
      await ask(database.db, 'create table theirs (id int)', [])
      await expect(restoreInto(other.url)).rejects.toThrow('Something else is connected')
    }
    await expect(restoreInto(other.url, whole, { replace: true })).rejects.toThrow(
      'tables of another program',
    )
    expect((await contentOf(other.url))['theirs']).toEqual([])
  })

  it('takes no database with functions or views of somebody else', async () => {
    for (const thing of [
      'create view theirs as select 1 as x',
      'create procedure theirs() language sql as $$ $$',
    ]) {
      await using other = await makeLoneDatabase()
      {
        await using database = openDatabase({ url: other.url, size: 1 })
        await ask(database.db, thing, [])
      }
      await expect(restoreInto(other.url, whole, { replace: true }), thing).rejects.toThrow(
        'of another program',
      )
    }
  })

  it('puts no picture in place of another before the rows fit', async () => {
    const storage = openStorage({ folder: join(folder, 'one-store'), s3Url: null })
    await using filled = await makeLoneDatabase()
    const target = { ...targetOf(filled.url), storage }
    await using archive = await ArchiveReader.open(whole, null)
    await restore(target, archive, { ...go(), replace: false })
    const key = `${picture.slice(7, 39)}-320.webp`
    const evil = await rewritten(whole, (parts) => {
      parts.forge('tags', ['null'])
      parts.set(`files/${key}`, 'EVIL')
      const sha256 = createHash('sha256').update('EVIL').digest('hex')
      const list = parts
        .text('files.jsonl')
        .replace(/.*-320\.webp.*/, JSON.stringify({ key, bytes: 4, sha256 }))
      parts.set('files.jsonl', list)
      parts.changeManifest(({ files }) =>
        Object.assign(files, { sha256: createHash('sha256').update(list).digest('hex') }),
      )
    })
    await using forged = await ArchiveReader.open(evil, null)
    await expect(restore(target, forged, { ...go(), replace: true })).rejects.toThrow('do not fit')
    const found = await storage.get(key)
    expect(found && (await buffer(found.stream)).toString()).not.toBe('EVIL')
  })

  it('changes nothing when it is stopped in the middle', async () => {
    await using filled = await makeLoneDatabase()
    await restoreInto(filled.url)
    const before = await contentOf(filled.url)
    const stop = new AbortController()
    const onProgress = ({ phase, done }: { phase: string; done: number }) => {
      if (phase === 'rows' && done > 500) stop.abort()
    }
    const other = await rewritten(whole, (parts) => parts.forge('tags', []))
    await using archive = await ArchiveReader.open(other, null)
    const watched = { signal: stop.signal, onProgress, replace: true }
    await expect(restore(targetOf(filled.url), archive, watched)).rejects.toThrow('nothing was changed')
    expect(await contentOf(filled.url)).toEqual(before)
  })

  it('clears who had left since, also at the next start when it was cut off right after its commit', async () => {
    await using filled = await makeLoneDatabase()
    await restoreInto(filled.url)
    const start = async () => {
      await using database = openDatabase({ url: filled.url, size: 2 })
      await withdrawAgain(database.db, new Date())
      return await ask(database.db, 'select name from members where id = $1', [member.id])
    }
    await asking(
      filled.url,
      `insert into settings values ('left-since-backup', jsonb_build_array(${member.id}))`,
    )
    expect(await start()).toEqual([{ name: null }])
    const done = await restoreInto(filled.url, whole, { replace: true })
    expect(done.leftSince).toEqual([member.id])
    expect(await asking(filled.url, `select name from members where id = ${member.id}`)).not.toEqual([
      { name: null },
    ])
    expect(await start()).toEqual([{ name: null }])
    await using another = await makeLoneDatabase('schema')
    // Somebody else by the same number, on another site.
    const others = 'insert into members (id, withdrawn_at) overriding system value'
    await asking(another.url, `${others} select i, now() from generate_series(1, 40) i`)
    expect((await restoreInto(another.url, whole, { replace: true })).leftSince).toEqual([])
  })
})

describe('moving', () => {
  it('copies every row, sessions too, and leaves the first database as it was', async () => {
    await using from = await makeLoneDatabase()
    await restoreInto(from.url)
    {
      await using database = openDatabase({ url: from.url, size: 1 })
      await ask(
        database.db,
        `insert into sessions (id, member_id, secret_hash, kind, expires_at) values (gen_random_uuid(), $1, '\\x01', 'browser', now())`,
        [member.id],
      )
    }
    const before = await contentOf(from.url)
    await using to = await makeLoneDatabase()
    const rows = await moveDatabase(from.url, to.url, go())
    expect(await contentOf(to.url)).toEqual(before)
    expect(await contentOf(from.url)).toEqual(before)
    expect(rows).toBe(Object.values(before).flat().length)
    await expect(moveDatabase(from.url, to.url, go())).rejects.toThrow(/posts already\. Name an empty one/)
  })

  it('takes what waits in the queue along, with the tries that are left', async () => {
    await using from = await makeLoneDatabase()
    await restoreInto(from.url)
    {
      await using database = openDatabase({ url: from.url, size: 1 })
      await prepareJobs(database.pool)
      await enqueue(database.db, { name: 'send-link', payload: { link: 7 }, tries: 5, key: 'once' })
      await ask(database.db, 'update graphile_worker._private_jobs set attempts = 2', [])
    }
    await using to = await makeLoneDatabase()
    await moveDatabase(from.url, to.url, go())
    await using database = openDatabase({ url: to.url, size: 1 })
    const jobs = await ask(
      database.db,
      `select j.task_identifier as name, p.payload, j.max_attempts - j.attempts as tries, j.key
       from graphile_worker.jobs j join graphile_worker._private_jobs p using (id)`,
      [],
    )
    expect(jobs).toEqual([{ name: 'send-link', payload: { link: 7 }, tries: 3, key: 'once' }])
  })

  it('from an older schema is refused: its rows would never meet the migrations', async () => {
    await using from = await makeLoneDatabase()
    {
      await using client = await connectForTables(from.url)
      await inTransaction(client, 'begin', () =>
        buildSchema(client, listMigrations().slice(0, 15), async () => {}),
      )
    }
    await using to = await makeLoneDatabase()
    await expect(moveDatabase(from.url, to.url, go())).rejects.toThrow('not of this version')
    expect(await contentOf(to.url)).toEqual({})
  })

  it('waits for no site that runs', async () => {
    await using to = await makeLoneDatabase()
    await expect(moveDatabase(site.database.url, to.url, go())).rejects.toThrow('Stop it first')
    expect(await contentOf(to.url)).toEqual({})
  })
})

it('leaves no temporary folder in the place for uploads', async () => {
  await using empty = await makeLoneDatabase()
  const { target } = await restoreInto(empty.url)
  expect(existsSync(target.folder) && (await readdir(target.folder))).toEqual([])
})
