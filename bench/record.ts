import { once } from 'node:events'
import { request as ask } from 'node:http'
import type { Answer, Sent } from './messages.ts'

/** What the bare server's own HTTP adds by itself. */
const notRepeated = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding', 'content-length'])

/** What Madang answers, packed as it comes: to each address when it is a page, to one when it is a write. */
export async function record(url: string, requests: Sent[]): Promise<Answer[]> {
  const byPath = new Map<string, Sent>()
  for (const request of requests) if (!byPath.has(request.path)) byPath.set(request.path, request)
  const isRead = requests[0]?.method === 'GET'
  const answers: Answer[] = []
  for (const request of [...byPath.values()].slice(0, isRead ? undefined : 1))
    answers.push(await recordOne(url, request))
  return answers
}

async function recordOne(url: string, { method, path, headers, body }: Sent): Promise<Answer> {
  const asked = ask(url + path, { method, headers })
  asked.end(body)
  const [answer] = await once(asked, 'response')
  const parts: Buffer[] = []
  for await (const part of answer) parts.push(part)
  const kept = Object.entries(answer.headers).filter(([name]) => !notRepeated.has(name))
  return {
    path,
    status: answer.statusCode,
    headers: Object.fromEntries(kept.map(([name, value]): [string, string] => [name, String(value)])),
    body: Buffer.concat(parts).toString('base64'),
  }
}
