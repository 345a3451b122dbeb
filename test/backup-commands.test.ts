import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningServer, startServer } from '#test/support/server.ts'

const cli = join(import.meta.dirname, '../src/cli.ts')
const person = { name: '돌담길', email: 'wall@example.org', password: 'a long way home 42' }
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'madang-commands-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A command of the terminal, on a data folder. */
function madang(dataDir: string, ...words: string[]): Promise<{ code: number; said: string }> {
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE } = process.env
  const cache = NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE } : {}
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH, HOME, ...cache, DATA_DIR: dataDir } }
    const child = execFile(process.execPath, [cli, ...words], options, (_error, out, problems) =>
      resolve({ code: child.exitCode ?? -1, said: out + problems }),
    )
  })
}

const send = (server: RunningServer, path: string, body: object, token = '') =>
  fetch(`${server.url}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  })

async function signIn(server: RunningServer): Promise<Response> {
  return await send(server, '/sessions', { login: person.name, password: person.password })
}

test('a site is written down while it runs, proven, and comes back in an empty folder', async () => {
  const [first, second] = [join(folder, 'first'), join(folder, 'second')]
  const archive = join(folder, 'site.zip')
  const key = join(folder, 'key')
  await writeFile(key, '느티나무 아래 평상 하나\n')
  let post = 0
  {
    await using server = await startServer(first)
    expect((await send(server, '/members', person)).status).toBe(201)
    const { accessToken } = await (await signIn(server)).json()
    const { items } = await (await fetch(`${server.url}/api/v1/boards`)).json()
    const made = await send(
      server,
      `/boards/${items.at(-1).slug}/posts`,
      { title: '남는 글', body: '본문' },
      accessToken,
    )
    expect(made.status).toBe(201)
    post = (await made.json()).id

    const written = await madang(first, 'backup', archive, '--key', key, '--secrets')
    expect(written).toMatchObject({ code: 0, said: expect.stringContaining(`Wrote ${archive}`) })
    const running = await madang(first, 'restore', archive, '--key', key, '--replace')
    expect(running).toMatchObject({ code: 1, said: expect.stringContaining('Stop Madang first') })
    expect((await fetch(`${server.url}/api/v1/posts/${post}`)).status).toBe(200)
  }
  const locked = await madang(second, 'verify', archive)
  expect(locked).toMatchObject({ code: 1, said: expect.stringContaining('This backup is encrypted') })
  const proven = await madang(second, 'verify', archive, '--key', key)
  expect(proven).toMatchObject({ code: 0, said: expect.stringContaining('can be restored') })

  const restored = await madang(second, 'restore', archive, '--key', key)
  expect(restored).toMatchObject({ code: 0, said: expect.stringContaining('Restored the site') })
  expect(restored.said).not.toContain('cannot be opened')
  const again = await madang(second, 'restore', archive, '--key', key)
  expect(again).toMatchObject({ code: 1, said: expect.stringContaining('1 members and 1 posts already') })
  await using server = await startServer(second)
  expect((await (await fetch(`${server.url}/api/v1/posts/${post}`)).json()).title).toBe('남는 글')
  expect((await signIn(server)).status).toBe(201)
})
