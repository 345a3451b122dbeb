import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listMigrations } from '#platform/migrations.ts'
import { openStorage } from '#platform/storage/storage.ts'
import { buildSchema, connectForTables, inTransaction, listTables } from '#platform/tables.ts'
import { ZipWriter } from '#platform/zip.ts'
import { makeTestApp } from '#test/support/app.ts'
import { contentOf, type Parts, rewritten } from '#test/support/archives.ts'
import { makeLoneDatabase } from '#test/support/database.ts'
import { plain } from '#test/support/images.ts'
import { backup } from './backup.ts'
import { ArchiveReader } from './reader.ts'
import { restore } from './restore.ts'
import { verify } from './verify.ts'

let folder = ''
let whole = ''
let filled: Awaited<ReturnType<typeof makeLoneDatabase>>
let before: Record<string, string[]>
const go = () => ({ signal: new AbortController().signal, onProgress: () => {} })
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'madang-hostile-'))
  whole = join(folder, 'whole.zip')
  await using site = await makeTestApp()
  const member = await site.member('돌담길')
  const { url: picture } = (await member.api('POST', '/files', await plain('png'))).json()
  await site.post(member, await site.board(), { title: 'First', body: `![](${picture})` })
  const { sealingKey, files } = site.deps
  const given = {
    ...go(),
    path: whole,
    key: null,
    secrets: [],
    sealingKey,
    version: '0',
    now: site.clock.now,
  }
  await backup({ url: site.database.url, storage: files.storage }, given)
  filled = await makeLoneDatabase()
  await put(whole)
  before = await contentOf(filled.url)
})
afterAll(async () => {
  await filled[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function put(path: string, url = filled.url): Promise<void> {
  const storage = openStorage({ folder: join(folder, 'files'), s3Url: null })
  const keepSecret = async () => {
    throw new Error('no archive here holds a key')
  }
  const clearAgain = async () => {}
  const target = { url, storage, folder: join(folder, 'uploads'), keepSecret, clearAgain, sealingKey: null }
  await using archive = await ArchiveReader.open(path, null)
  await restore(target, archive, { ...go(), replace: true })
}

/** What is wrong with an archive, how it came to be, and what is said of it. */
const tricks: [string, (parts: Parts) => void, RegExp][] = [
  [
    'SQL beside the rows',
    (parts) => parts.set('schema.sql', 'drop table members;'),
    /nothing says what schema\.sql is/,
  ],
  [
    'a table by a name that is a statement',
    (parts) =>
      parts.changeManifest(({ tables }) =>
        Object.assign(tables[0] ?? {}, { name: 'x"; drop table members' }),
      ),
    /no backup of Madang/,
  ],
  [
    'a table that the schema does not have',
    (parts) => {
      parts.set('tables/pg_authid.jsonl', '{}\n')
      parts.changeManifest(({ tables }) =>
        tables.push({ name: 'pg_authid', rows: 1, sha256: sha256('{}\n'), lastId: null }),
      )
    },
    /its schema has no table pg_authid/,
  ],
  [
    'migrations of its own',
    (parts) => {
      parts.set('tables/migrations.jsonl', '')
      parts.changeManifest(({ tables }) =>
        tables.push({ name: 'migrations', rows: 0, sha256: sha256(''), lastId: null }),
      )
    },
    /its schema has no table migrations/,
  ],
  [
    'a key of the machine',
    (parts) =>
      parts.changeManifest(({ secrets }) =>
        Object.assign(secrets, [{ name: 'postgres-password', sha256: sha256('') }]),
      ),
    /no backup of Madang/,
  ],
  [
    'a key that is none',
    (parts) => {
      parts.set('secrets/token-key', 'short')
      parts.changeManifest((manifest) => {
        manifest.secrets = [{ name: 'token-key', sha256: sha256('short') }]
      })
    },
    /its token-key is no key/,
  ],
  [
    'a file under a name that is a path',
    (parts) => {
      const line = JSON.stringify({ key: '../../secrets/token-key', bytes: 0, sha256: sha256('') })
      parts.set('files.jsonl', `${line}\n`)
      parts.changeManifest(({ files }) => Object.assign(files, { sha256: sha256(`${line}\n`) }))
    },
    /list of files is not as it should be/,
  ],
  ['a row that is no JSON', (parts) => parts.forge('tags', ['{"name":']), /do not fit the schema/],
  [
    'a row without what must be there',
    (parts) => parts.forge('members', ['{"id":1}']),
    /do not fit the schema/,
  ],
  ['a row of nothing', (parts) => parts.forge('tags', ['null']), /do not fit the schema/],
  ['a row that is a list', (parts) => parts.forge('tags', ['[1]']), /do not fit the schema|cannot call/],
  [
    'a post by nobody',
    (parts) =>
      parts.forge('posts', [
        parts
          .text('tables/posts.jsonl')
          .replace(/"author_id":\d+/, '"author_id":999')
          .trim(),
      ]),
    /do not fit the schema.*foreign key/,
  ],
  [
    'a name that is taken twice',
    (parts) => {
      const row = parts.text('tables/members.jsonl').trim()
      parts.forge('members', [row, row.replace(/"id":\d+/, '"id":77')])
    },
    /do not fit the schema.*unique/,
  ],
  [
    'a role that nobody has',
    (parts) =>
      parts.forge('members', [
        parts.text('tables/members.jsonl').replace('"role":"member"', '"role":"god"').trim(),
      ]),
    /do not fit the schema/,
  ],
  [
    'rows changed without their checksum',
    (parts) => parts.set('tables/tags.jsonl', '{"name":"x","posts":0}\n'),
    /tags\.jsonl is not what it was/,
  ],
  [
    'another number of rows',
    (parts) =>
      parts.changeManifest(({ tables }) =>
        tables.forEach((table) => {
          table.rows++
        }),
      ),
    /rows instead of/,
  ],
  [
    'a picture that is another',
    (parts) => {
      for (const name of Object.keys(parts.files)) if (name.startsWith('files/')) parts.set(name, 'GIF89a')
    },
    /is not what it was/,
  ],
  [
    'a picture too few',
    (parts) => {
      for (const name of Object.keys(parts.files)) if (name.startsWith('files/')) delete parts.files[name]
    },
    /it has no files\//,
  ],
  [
    'a table too few',
    (parts) => {
      delete parts.files['tables/posts.jsonl']
    },
    /it has no tables\/posts\.jsonl/,
  ],
  [
    'a table twice',
    (parts) => parts.changeManifest(({ tables }) => tables.push(...tables.slice(0, 1))),
    /twice/,
  ],
  [
    'half a row at the end',
    (parts) => {
      parts.set('tables/tags.jsonl', '{"name":"x"}')
      parts.changeManifest(({ tables }) =>
        Object.assign(tables.find(({ name }) => name === 'tags') ?? {}, {
          rows: 0,
          sha256: sha256('{"name":"x"}'),
        }),
      )
    },
    /ends in the middle of a line/,
  ],
  [
    'no manifest',
    (parts) => {
      delete parts.files['manifest.json']
    },
    /what should be JSON in it is not/,
  ],
  [
    'a manifest of something else',
    (parts) => parts.set('manifest.json', '{"format":"zip"}'),
    /no backup of Madang/,
  ],
  [
    'more in the manifest than there is to say',
    (parts) => parts.changeManifest((manifest) => Object.assign(manifest, { run: 'rm -rf /' })),
    /no backup of Madang/,
  ],
  [
    'a schema that is not born yet',
    (parts) => parts.changeManifest((manifest) => Object.assign(manifest, { schema: '9999-later.sql' })),
    /A newer Madang made this backup/,
  ],
  [
    'a format that is not born yet',
    (parts) => parts.changeManifest((manifest) => Object.assign(manifest, { formatVersion: 2, more: 1 })),
    /A newer Madang made this backup/,
  ],
  [
    'a part that fills the disk',
    (parts) => parts.set('tables/acts.jsonl', Buffer.alloc(64 << 20, 32)),
    /is not what it was/,
  ],
]

describe('S34 a hostile archive is refused, and the site is as it was', () => {
  it.each(tricks)('with %s', async (_name, change, said) => {
    const path = await rewritten(whole, change)
    await expect(put(path)).rejects.toThrow(said)
    expect(await contentOf(filled.url)).toEqual(before)
  })

  it('that is no archive, or half of one', async () => {
    const bytes = await readFile(whole)
    const cuts = [
      Buffer.alloc(0),
      Buffer.from('PK'),
      bytes.subarray(0, bytes.length / 2),
      bytes.subarray(100),
      Buffer.alloc(5000, 'x'),
    ]
    for (const cut of cuts) {
      const path = join(folder, 'cut')
      await writeFile(path, cut)
      await expect(put(path), `${cut.length} bytes`).rejects.toThrow(
        /is no backup of Madang, or it is damaged|cannot be read/,
      )
    }
    await expect(put(folder)).rejects.toThrow('cannot be read')
    await expect(put(join(folder, 'nowhere'))).rejects.toThrow('cannot be read')
    expect(await contentOf(filled.url)).toEqual(before)
  })

  it('that has one part twice, or one outside of it', async () => {
    const twice = await ZipWriter.make()
    const path = join(folder, 'twice')
    const written = pipeline(twice.stream, createWriteStream(path))
    for (const text of ['{}', '{"format":"madang-backup"}'])
      await twice.add(text, { name: 'manifest.json', date: new Date(0) })
    twice.end()
    await written
    await expect(put(path)).rejects.toThrow('it has manifest.json twice')
    const outside = await rewritten(whole, (parts) => parts.set('../outside', 'x'))
    await expect(put(outside)).rejects.toThrow('invalid relative path')
  })

  it('whose texts are statements: they are texts', async () => {
    const title = `'); drop table posts; -- \\\\copy $$ \${1} \\u0041`
    const path = await rewritten(whole, (parts) => {
      const row = JSON.parse(parts.text('tables/posts.jsonl'))
      parts.forge('posts', [JSON.stringify({ ...row, title, unknown: 'drop table posts' })])
    })
    await using empty = await makeLoneDatabase()
    await put(path, empty.url)
    expect(JSON.parse((await contentOf(empty.url))['posts']?.[0] ?? '').title).toBe(title)
    // It is not what a Madang wrote, and that is seen.
    await using scratch = await makeLoneDatabase()
    await using archive = await ArchiveReader.open(path, null)
    await expect(verify({ url: scratch.url, folder }, archive, go())).rejects.toThrow(
      'posts came out of the database other',
    )
  })
})

it('an archive of an older version is brought to this one', async () => {
  const old = listMigrations().slice(0, 12)
  const known = new Set<string>()
  await using past = await makeLoneDatabase()
  {
    await using client = await connectForTables(past.url)
    await inTransaction(client, 'begin', () => buildSchema(client, old, async () => {}))
    for (const { name } of await listTables(client)) known.add(name)
  }
  const path = await rewritten(whole, (parts) => {
    for (const name of Object.keys(parts.files)) {
      const [, table] = /^tables\/(.+)\.jsonl$/.exec(name) ?? []
      if (table && !known.has(table)) delete parts.files[name]
    }
    parts.changeManifest((manifest) => {
      manifest.schema = old.at(-1)?.name ?? ''
      manifest.tables = manifest.tables.filter(({ name }) => known.has(name))
    })
  })
  await using empty = await makeLoneDatabase()
  await put(path, empty.url)
  const after = await contentOf(empty.url)
  expect(Object.keys(after)).toEqual(Object.keys(before))
  expect(after['posts']).toEqual(before['posts'])
  await using client = await connectForTables(empty.url)
  const { rows } = await client.query('select name, hash from migrations order by name')
  expect(rows).toEqual(listMigrations().map(({ name, hash }) => ({ name, hash })))
})
