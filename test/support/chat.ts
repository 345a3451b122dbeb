import { expect } from 'vitest'
import type { Actor, Answer } from './app.ts'

/** Opens a room of `opener` with others, or finds theirs. @returns its id */
export async function roomOf(opener: Actor, ...others: Actor[]): Promise<number> {
  const answer = await opener.api('POST', '/chat/rooms', { members: others.map((one) => one.id) })
  expect([200, 201]).toContain(answer.statusCode)
  return answer.json<{ id: number }>().id
}

let clientIds = 0

/** Sends a message under a `clientId` of its own, unless `more` has one. */
export const say = (who: Actor, room: number, body: string, more: object = {}): Promise<Answer> =>
  who.api('POST', `/chat/rooms/${room}/messages`, { body, clientId: `c${++clientIds}`, ...more })
