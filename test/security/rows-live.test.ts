import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signAccessToken } from '#modules/accounts/sessions.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { connectLive, type LiveClient, listenLocally } from '#test/support/live.ts'
import { prove } from '#test/support/proof.ts'

let site: TestApp
let origin = ''
let administrator: Actor
beforeAll(async () => {
  site = await makeTestApp({ env: { PAGE_CACHE_MB: '8', ROW_CACHE_MB: '8' } })
  origin = await listenLocally(site.app)
  administrator = await site.member('boss', 'administrator')
})
afterAll(() => site[Symbol.asyncDispose]())

async function connect(who: Actor): Promise<LiveClient> {
  const { sessionId } = who.viewer
  const token = await signAccessToken({
    memberId: who.id,
    sessionId,
    key: site.deps.key,
    now: site.clock.now,
  })
  return connectLive(origin, { token })
}

async function subscribe(client: LiveClient, ...topics: string[]): Promise<void> {
  for (const topic of topics) {
    client.send({ subscribe: topic })
    await client.next((frame) => frame.subscribed === topic)
  }
}

const say = (who: Actor, room: number, body: string) =>
  who.api('POST', `/chat/rooms/${room}/messages`, { body, clientId: body.replace(/\W/g, '') })

/** A board with a room and a post, for whoever may read it. */
async function place(readBy: 'everyone' | 'members' | 'moderators') {
  const board = await site.board({ readBy })
  const post = await site.post(administrator, board, { title: 'Buried gold' })
  const { room } = (await administrator.api('PUT', `/boards/${board.slug}/chat`)).json()
  return { board, post, room: Number(room) }
}

describe('S17 what is open hears nothing more', () => {
  test('of moderators’ boards once its moderator is a member', async () => {
    const keeper = await site.member('keeper', 'moderator')
    const { board, post, room } = await place('moderators')
    const client = await connect(keeper)
    await subscribe(client, `room:${room}`, `post:${post.id}`, 'posts')
    await administrator.api('PUT', `/members/${keeper.id}/role`, { role: 'member' })
    await client.next((frame) => frame.ended !== undefined && frame.topic === `room:${room}`)
    await client.next((frame) => frame.ended !== undefined && frame.topic === `post:${post.id}`)
    const heard = client.frames.length
    await say(administrator, room, 'under the old oak')
    await administrator.api('POST', `/posts/${post.id}/comments`, { body: 'whispered' })
    await site.post(administrator, board, { title: 'More gold' })
    const open = await site.board()
    await site.post(administrator, open)
    await client.next((frame) => frame['board'] === open.slug)
    expect(client.frames.slice(heard)).toEqual([{ topic: 'posts', board: open.slug }])
    client.send({ subscribe: `room:${room}`, after: 0 })
    expect(await client.next((frame) => frame.error !== undefined)).toMatchObject({ error: 'not-found' })
    client.close()
  })

  test('of a post once it was moved out of sight', async () => {
    const reader = await site.member()
    const [open, attic] = [await place('everyone'), await place('moderators')]
    const client = await connect(reader)
    await subscribe(client, `post:${open.post.id}`)
    const moved = await administrator.api('PUT', `/posts/${open.post.id}/board`, {
      board: attic.board.slug,
      reason: 'x',
    })
    expect(moved.statusCode).toBeLessThan(300)
    await client.next((frame) => frame.ended === 'not-found')
    await administrator.api('POST', `/posts/${open.post.id}/comments`, { body: 'whispered' })
    client.send({ subscribe: `post:${open.post.id}` })
    await client.next((frame) => frame.error === 'not-found')
    expect(client.frames.filter((frame) => frame['comment'] !== undefined)).toEqual([])
    client.close()
  })

  test('of anything once the key is revoked by which it was opened', async () => {
    const member = await site.member()
    await prove(site, member)
    const made = (await member.api('POST', '/me/keys', { name: 'bot', scopes: ['read'] })).json()
    const client = await connectLive(origin)
    client.send({ token: made.key })
    await client.next((frame) => frame['signedIn'] === true)
    await subscribe(client, 'me')
    await member.api('DELETE', `/me/keys/${made.id}`)
    expect(await client.closed).toBe(4401)
    // Sooner than the check that looks at all connections now and then would end it.
  }, 20_000)

  test('of a room once its board is open to moderators alone, by a long poll neither', async () => {
    const reader = await site.member()
    const { board, room } = await place('members')
    await reader.api('PUT', `/chat/rooms/${room}/joined`)
    const waits = reader.api('GET', `/chat/rooms/${room}/messages?after=0&wait=10`)
    await administrator.api('PATCH', `/boards/${board.slug}`, { readBy: 'moderators' })
    await say(administrator, room, 'under the oak')
    const answer = await waits
    expect(answer.body).not.toContain('oak')
    expect((await reader.api('GET', `/chat/rooms/${room}/messages`)).statusCode).toBe(404)
    expect((await reader.api('GET', '/chat/rooms')).body).not.toContain(board.slug)
  })
})

test('S46 a key that may not read opens no connection, and one that only reads says nothing', async () => {
  const [member, other] = [await site.member(), await site.member()]
  await prove(site, member)
  const make = async (scopes: string[]) =>
    (await member.api('POST', '/me/keys', { name: 'bot', scopes })).json().key
  const [writes, reads] = [await make(['write']), await make(['read'])]
  await expect(connectLive(origin, { token: writes })).rejects.toThrow('403')
  const client = await connectLive(origin)
  client.send({ token: writes })
  expect(await client.closed).toBe(1008)
  const { id } = (await member.api('POST', '/chat/rooms', { members: [other.id] })).json()
  const sent = await site.app.inject({
    method: 'POST',
    url: `/api/v1/chat/rooms/${id}/messages`,
    headers: { authorization: `Bearer ${reads}` },
    payload: { body: 'x', clientId: 'x1' },
  })
  expect([sent.statusCode, sent.json().code]).toEqual([403, 'scope'])
})
