import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSession, signAccessToken } from '#modules/accounts/sessions.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { foreignTypes, hugePng, moving, photo, plain } from '#test/support/images.ts'
import { expectErrorPage } from '#test/support/problems.ts'

let test: TestApp
let member: Actor
beforeAll(async () => {
  test = await makeTestApp({ env: { MAX_IMAGE_MB: '1', MEMBER_STORAGE_MB: '1' } })
  member = await test.member()
})
afterAll(() => test[Symbol.asyncDispose]())

const upload = async (actor: Pick<Actor, 'api'>, bytes: Buffer, name = '') =>
  actor.api('POST', `/files?name=${encodeURIComponent(name)}`, bytes)

/** What lies in the folder of uploads under way, once nothing is. */
async function leftOver(): Promise<string[]> {
  let names: string[] = []
  for (let round = 0; round < 200; round++) {
    names = await readdir(test.deps.files.folder).catch(() => [])
    if (names.length === 0) return []
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return names
}

describe('an upload', () => {
  it('becomes WebP under a name that nobody can guess, with its measures and the line that shows it', async () => {
    const answer = await upload(member, await photo(1200, 800, 6), 'our [old] yard.jpg')
    expect(answer.statusCode).toBe(201)
    const image = answer.json()
    expect(image).toMatchObject({ width: 800, height: 1200, bytes: expect.any(Number) })
    expect(image.url).toMatch(/^\/files\/[0-9a-f]{32}\.webp$/)
    expect(image.markdown).toBe(`![our old yard](${image.url})`)
    const [large, small] = [
      await member.page(image.url),
      await member.page(image.url.replace('.webp', '-320.webp')),
    ]
    expect(large.headers['content-type']).toBe('image/webp')
    const measured = await sharp(small.rawPayload).metadata()
    expect([measured.width, measured.height, measured.exif]).toEqual([213, 320, undefined])
    expect(await leftOver()).toEqual([])
  })

  it.each(['png', 'gif', 'webp', 'jpeg'] as const)('takes %s, whatever its media type says', async (type) => {
    expect((await upload(member, await plain(type))).statusCode).toBe(201)
  })

  it('takes a moving picture as one', async () => {
    const { url } = (await upload(member, await moving(3, 400))).json()
    expect((await sharp((await member.page(url)).rawPayload, { animated: true }).metadata()).pages).toBe(3)
  })

  it('is refused to guests before anything is read', async () => {
    expect((await upload(test.guest, await plain('png'))).statusCode).toBe(401)
  })
})

describe('S01: what is no JPEG, PNG, GIF or WebP', () => {
  it.each(Object.entries(foreignTypes))(
    'is refused by its first bytes, without a decoder: %s',
    async (_, bytes) => {
      const before = test.deps.files.decoder.pid
      const answer = await upload(member, bytes, 'picture.jpg')
      expect([answer.statusCode, answer.json().code]).toEqual([422, 'image-type'])
      expect(test.deps.files.decoder.pid).toBe(before)
    },
  )

  it('is refused when it is cut off in the header or in the picture', async () => {
    const whole = await photo(600, 400)
    for (const bytes of [whole.subarray(0, 200), whole.subarray(0, whole.length - 5000)]) {
      expect((await upload(member, bytes)).json().code).toBe('image-broken')
    }
    expect(await leftOver()).toEqual([])
  })
})

describe('S02: a picture that says it is huge', () => {
  it('is refused from its header, without a decoder and without memory', async () => {
    const fresh = await makeTestApp()
    try {
      const actor = await fresh.member()
      await upload(actor, foreignTypes['BMP'] ?? Buffer.alloc(0))
      const bomb = hugePng(60_000, 60_000, 10)
      const memory = process.memoryUsage().rss
      for (let round = 0; round < 5; round++) {
        expect((await upload(actor, bomb)).json().code).toBe('image-dimensions')
      }
      expect(process.memoryUsage().rss - memory).toBeLessThan(50_000_000)
      expect(fresh.deps.files.decoder.pid).toBeNull()
    } finally {
      await fresh[Symbol.asyncDispose]()
    }
  })

  it('is refused when only one side or only the product is too much', async () => {
    for (const bomb of [hugePng(12_001, 1), hugePng(1, 12_001), hugePng(8000, 8000)]) {
      expect((await upload(member, bomb)).json().code).toBe('image-dimensions')
    }
  })

  it('is refused by the decoder when its pixels do not come', async () => {
    expect((await upload(member, hugePng(4000, 4000, 1))).json().code).toBe('image-broken')
  })
})

describe('S42: a file that holds an address', () => {
  it('is never fetched', async () => {
    for (const name of ['an address', 'a file address', 'a stream wrapper']) {
      expect((await upload(member, foreignTypes[name] ?? Buffer.alloc(0))).statusCode).toBe(422)
    }
  })
})

/** Writes raw bytes to the listening app and gives back the status line, if one came before the end. */
async function rawRequest(
  write: (send: (bytes: string | Buffer) => Promise<void>, end: () => void) => Promise<void>,
) {
  const address = test.app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const socket = connect(port, '127.0.0.1')
  let text = ''
  const ended = new Promise<void>((resolve) => socket.once('close', resolve))
  const answered = new Promise<void>((resolve) =>
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      if (text.includes('\r\n\r\n')) resolve()
    }),
  )
  socket.on('error', () => {})
  const send = (bytes: string | Buffer) =>
    new Promise<void>((resolve) => socket.write(bytes, () => resolve()))
  await write(send, () => socket.destroy())
  await Promise.race([ended, answered])
  socket.destroy()
  return text.split('\r\n')[0] ?? ''
}

async function head(length: number | null): Promise<string> {
  const now = test.clock.now
  const session = await openSession(test.db, { memberId: member.id, kind: 'client', agent: 'test', now })
  const token = await signAccessToken({ memberId: member.id, sessionId: session.id, key: test.deps.key, now })
  const size = length === null ? 'transfer-encoding: chunked' : `content-length: ${length}`
  return `POST /api/v1/files HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n${size}\r\n\r\n`
}

describe('over a socket', () => {
  beforeAll(async () => {
    await test.app.listen({ port: 0, host: '127.0.0.1' })
  })

  it('a length that is too much is refused before a byte of the body was sent', async () => {
    const status = await rawRequest(async (send) => send(await head(1_000_001)))
    expect(status).toBe('HTTP/1.1 413 Payload Too Large')
  })

  it('a body that passes the limit is refused while it still comes', async () => {
    const piece = Buffer.alloc(100_000, 'x')
    const start = await plain('png')
    const status = await rawRequest(async (send) => {
      await send(await head(null))
      await send(`${start.length.toString(16)}\r\n`)
      await send(Buffer.concat([start, Buffer.from('\r\n')]))
      // The last chunk never comes.
      for (let sent = 0; sent < 12; sent++)
        await send(Buffer.concat([Buffer.from('186a0\r\n'), piece, Buffer.from('\r\n')]))
    })
    expect(status).toBe('HTTP/1.1 413 Payload Too Large')
    expect(await leftOver()).toEqual([])
  })

  it('a body that is no picture is refused by its first bytes, however slowly the rest comes', async () => {
    const status = await rawRequest(async (send) => {
      await send(await head(900_000))
      for (const byte of '<svg onload=1>') await send(byte)
    })
    expect(status).toBe('HTTP/1.1 422 Unprocessable Entity')
  })

  it('a sender who goes away leaves nothing behind', async () => {
    const whole = await photo(600, 400)
    await rawRequest(async (send, end) => {
      await send(await head(whole.length))
      await send(whole.subarray(0, 20_000))
      await new Promise((resolve) => setTimeout(resolve, 50))
      end()
    })
    expect(await leftOver()).toEqual([])
  })

  it('a body shorter or longer than its length says is not taken for a picture', async () => {
    const whole = await photo(600, 400)
    const cut = await rawRequest(async (send) => {
      await send(await head(whole.length - 5000))
      await send(whole)
    })
    expect(cut).toMatch(/^HTTP\/1\.1 4(00|22) /)
    expect(await leftOver()).toEqual([])
  })
})

describe('the room for pictures', () => {
  it('ends for one member, with words, and not for another', async () => {
    const [greedy, other] = [await test.member(), await test.member()]
    await test.db
      .insertInto('files')
      .values({
        name: 'f'.repeat(32),
        kind: 'image',
        uploader_id: greedy.id,
        width: 1,
        height: 1,
        sizes: [320],
        bytes: 1e6,
      })
      .execute()
    const answer = await upload(greedy, await plain('png'))
    expect([answer.statusCode, answer.json().code]).toEqual([422, 'storage-full'])
    expect(answer.json().title).toContain('1 MB')
    expect((await upload(other, await plain('png'))).statusCode).toBe(201)
  })

  it('is not passed by many uploads at once', async () => {
    const eager = await test.member()
    const picture = await photo(1000, 700)
    const answers = await Promise.all(Array.from({ length: 12 }, () => upload(eager, picture)))
    const codes = answers.map((answer) => answer.statusCode)
    expect(new Set(codes)).toEqual(new Set([201, 422]))
    const { sum } = await test.db
      .selectFrom('files')
      .select((eb) => eb.fn.sum<number>('bytes').as('sum'))
      .where('uploader_id', '=', eager.id)
      .executeTakeFirstOrThrow()
    expect(Number(sum)).toBeLessThanOrEqual(1_000_000)
  })
})

describe('when the decoder is killed in the middle', () => {
  it('the server stays up, that upload is refused, and the next one works', async () => {
    const before = test.deps.files.decoder.pid
    if (before === null) expect((await upload(member, await plain('png'))).statusCode).toBe(201)
    const { pid } = test.deps.files.decoder
    const heavy = upload(member, await photo(1500, 1200))
    while ((await readdir(test.deps.files.folder)).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 1))
    process.kill(pid ?? 0, 'SIGKILL')
    expect([201, 422]).toContain((await heavy).statusCode)
    expect((await upload(member, await plain('png'))).statusCode).toBe(201)
    expect(await readdir(join(test.deps.config.dataDir, 'uploads'))).toEqual([])
  })
})

describe('without script', () => {
  it('a page takes a picture by a form and shows the line that puts it into a text', async () => {
    const picture = await plain('png')
    const form = (bytes: Buffer, filename = 'a.png') =>
      Buffer.concat([
        Buffer.from(
          `--x\r\ncontent-disposition: form-data; name="image"; filename="${filename}"\r\ncontent-type: image/png\r\n\r\n`,
        ),
        bytes,
        Buffer.from('\r\n--x--\r\n'),
      ])
    const post = (url: string, bytes: Buffer) => member.page(url, form(bytes))
    const done = await post('/upload', picture)
    expect(done.statusCode).toBe(303)
    const shown = await member.page(String(done.headers.location))
    expect(shown.body).toMatch(/value="!\[\]\(\/files\/[0-9a-f]{32}\.webp\)"/)
    const refused = await post('/upload', foreignTypes['SVG'] ?? Buffer.alloc(0))
    expect([refused.statusCode, refused.body.includes('Only JPEG, PNG')]).toEqual([422, true])
    const none = await member.page('/upload', form(Buffer.alloc(0), ''))
    expect([none.statusCode, none.body.includes('choose a picture file first')]).toEqual([422, true])
    const large = await post('/upload', Buffer.concat([picture, Buffer.alloc(1_000_000)]))
    expect([large.statusCode, large.body.includes('at most 1 MB')]).toEqual([413, true])
    expect(await leftOver()).toEqual([])
  })

  it('a form whose parts cannot be told apart, that breaks off or has no known end is refused', async () => {
    const part = '--x\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
    const whole = Buffer.concat([Buffer.from(part), await plain('png'), Buffer.from('\r\n--x--\r\n')])
    const send = (type: string, payload: Buffer | Readable, url: string) =>
      test.app.inject({
        method: 'POST',
        url,
        headers: { cookie: member.cookie, origin: 'http://localhost:80', 'content-type': type },
        payload,
      })
    for (const url of ['/upload', '/settings/avatar']) {
      for (const type of ['multipart/form-data', 'multipart/form-data; boundary='])
        expectErrorPage(await send(type, whole, url), [400, 415])
      const type = 'multipart/form-data; boundary=x'
      expectErrorPage(await send(type, whole.subarray(0, -10), url), 400)
      expectErrorPage(await send(type, Readable.from([whole]), url), 400)
    }
    expect(await leftOver()).toEqual([])
  })

  it('a field that no such form has is refused before the picture and after it, and nothing is kept', async () => {
    const part = (name: string, rest = '', content: Buffer | string = '1') =>
      Buffer.concat([
        Buffer.from(`--x\r\ncontent-disposition: form-data; name="${name}"${rest}\r\n\r\n`),
        Buffer.from(content),
        Buffer.from('\r\n'),
      ])
    const picture = part('image', '; filename="a.png"', await plain('png'))
    const send = (url: string, ...parts: Buffer[]) =>
      member.page(url, Buffer.concat([...parts, Buffer.from('--x--\r\n')]))
    const files = () => test.db.selectFrom('files').selectAll().execute()
    const before = await files()
    const other = part('surprise')
    for (const url of ['/upload', '/settings/avatar'])
      for (const parts of [
        [other, picture],
        [picture, other],
      ]) {
        const answer = await send(url, ...parts)
        expect([url, answer.statusCode]).toEqual([url, 422])
        expect(answer.body).toContain('surprise: This field is unknown.')
      }
    for (const more of [[picture], Array.from({ length: 7 }, () => other)]) {
      const { statusCode } = await send('/upload', picture, ...more)
      expect([400, 413, 422]).toContain(statusCode)
    }
    expect(await files()).toEqual(before)
    expect(await leftOver()).toEqual([])
    expect((await send('/upload', picture)).statusCode).toBe(303)
  })
})
