import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { memoryOf, startMadang } from './processes.ts'

/** `node bench/uploads.ts`: 100 uploads of 5 MB at once, and how much memory the server takes for them. */
const uploads = 100
const members = 20
const password = 'a long phrase for the bench'
const say = (text: string) => process.stdout.write(`${text}\n`)

/** A noisy JPEG just below the limit of 5,000,000 bytes. */
async function picture(): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const
  const image = sharp({ create: { width: 2600, height: 1950, channels: 3, background: 'gray', noise } })
  const jpeg = await image.jpeg({ quality: 88 }).toBuffer()
  // Bytes behind the picture's end are allowed, and make every upload as long as can be.
  return jpeg.length > 5_000_000
    ? Promise.reject(new Error(`${jpeg.length} bytes`))
    : Buffer.concat([jpeg, Buffer.alloc(5_000_000 - jpeg.length)])
}

async function tokenOf(url: string, index: number): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const name = `bench${index}`
  const member = JSON.stringify({ name, email: `${name}@example.org`, password })
  await fetch(`${url}/api/v1/members`, { method: 'POST', headers, body: member })
  const login = JSON.stringify({ login: name, password })
  const answer = await fetch(`${url}/api/v1/sessions`, { method: 'POST', headers, body: login })
  const { accessToken } = (await answer.json()) as { accessToken: string }
  return accessToken
}

function upload(url: string, token: string, bytes: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'image/jpeg',
      'content-length': bytes.length,
    }
    const sent = request(`${url}/api/v1/files`, { method: 'POST', headers, agent: false }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
    })
    sent.on('error', reject)
    sent.end(bytes)
  })
}

const folder = mkdtempSync(join(tmpdir(), 'madang-bench-uploads-'))
const madang = await startMadang(folder)
try {
  const bytes = await picture()
  const tokens: string[] = []
  for (let index = 0; index < members; index++) tokens.push(await tokenOf(madang.url, index))
  await upload(madang.url, tokens[0] ?? '', bytes)
  await new Promise((resolve) => setTimeout(resolve, 2000))
  const before = memoryOf(madang.pid)
  const most = { node: before.node, all: before.proportional }
  const watch = setInterval(() => {
    const now = memoryOf(madang.pid)
    most.node = Math.max(most.node, now.node)
    most.all = Math.max(most.all, now.proportional)
  }, 100)
  const begin = performance.now()
  const statuses = await Promise.all(
    Array.from({ length: uploads }, (_, index) => upload(madang.url, tokens[index % members] ?? '', bytes)),
  )
  clearInterval(watch)
  const seconds = (performance.now() - begin) / 1000
  const taken = statuses.filter((status) => status === 201).length
  say(
    `${uploads} uploads of ${(bytes.length / 1e6).toFixed(1)} MB at once: ${taken} taken in ${seconds.toFixed(1)} s`,
  )
  say(`server: ${before.node.toFixed(0)} MB before, at most ${(most.node - before.node).toFixed(0)} MB more`)
  say(
    `with PostgreSQL and the decoder: ${before.proportional.toFixed(0)} MB before, at most ${(most.all - before.proportional).toFixed(0)} MB more`,
  )
} finally {
  await madang.stop()
  rmSync(folder, { recursive: true, force: true })
}
