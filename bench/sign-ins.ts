import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Measured, Sent } from './messages.ts'
import { generate, startMadang } from './processes.ts'

/** `node bench/sign-ins.ts`: a page from memory alone, and beside 50 sign-ins at any time, each of which hashes a password. */
const together = 50
const seconds = 5
const rounds = 3
const password = 'a long phrase for the bench'
const say = (text: string) => process.stdout.write(`${text}\n`)

const post = (path: string, body: object): Sent => ({
  method: 'POST',
  path: `/api/v1${path}`,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

async function join50(url: string): Promise<Sent[]> {
  const names = Array.from({ length: together }, (_, index) => `bench${index}`)
  for (const name of names) {
    const { path, headers, body } = post('/members', { name, email: `${name}@example.org`, password })
    const answer = await fetch(url + path, { method: 'POST', headers, body: body ?? null })
    if (answer.status !== 201) throw new Error(`sign-up: ${answer.status}`)
  }
  return names.map((login) => post('/sessions', { login, password }))
}

const line = ({ perSecond, p50, p99 }: Measured) =>
  `${perSecond.toFixed(0)}/s, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`
const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0

const folder = mkdtempSync(join(tmpdir(), 'madang-bench-sign-ins-'))
const madang = await startMadang(folder)
try {
  const { url } = madang
  const signIns = await join50(url)
  const page: Sent[] = [{ method: 'GET', path: '/', headers: {} }]
  const load = (requests: Sent[], connections: number) => generate({ url, seconds, connections, requests })
  await load(page, 16)
  const shares: number[] = []
  for (let round = 1; round <= rounds; round++) {
    const alone = await load(page, 16)
    const [beside, made] = await Promise.all([load(page, 16), load(signIns, together)])
    if (made.errors > 0 || Object.keys(made.statuses).some((status) => status !== '201'))
      throw new Error(`sign-ins: ${JSON.stringify(made.statuses)}, ${made.errors} errors`)
    say(`page alone: ${line(alone)}; beside ${together} sign-ins: ${line(beside)}; sign-ins: ${line(made)}`)
    shares.push(beside.perSecond / alone.perSecond)
  }
  say(`kept beside sign-ins: ${(100 * median(shares)).toFixed(0)} %`)
} finally {
  await madang.stop()
  rmSync(folder, { recursive: true, force: true })
}
