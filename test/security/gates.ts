import type { InjectOptions } from 'fastify'
import { openSession } from '#modules/accounts/sessions.ts'
import type { Actor, Answer, TestApp } from '#test/support/app.ts'
import { gateTable } from './gate-table.ts'
import type { RouteName } from './routes.ts'

export type Row = { route: RouteName; method: string; path: string; who: string; scope: string; body: string }

/** The table's rows by route. */
export function readGates(): Map<RouteName, Row> {
  const rows = new Map<RouteName, Row>()
  for (const line of gateTable.trim().split('\n')) {
    const [, method = '', path = '', who = '', scope = '-', body = ''] =
      /^(\S+) (\S+) +(\S+)(?: +(\S+))?(?: +(\{.*\}))?$/.exec(line) ?? []
    const route = `${method} ${path}`
    if (rows.has(route) || who === '') throw new Error(`twice, or no row: ${line}`)
    rows.set(route, { route, method, path, who, scope, body })
  }
  return rows
}

/** What ids stand for in one row: things of the author, made anew for each row, so that no row disturbs the next. */
export type Scene = {
  cast: { stranger: Actor; author: Actor; moderator: Actor; administrator: Actor }
  ids: Record<string, string | number>
}

let scenes = 0

/** What not every row needs, each of the author but the invitation. */
function rareThings(
  site: TestApp,
  cast: Scene['cast'],
  comment: number,
): Record<string, () => Promise<string | number>> {
  const { author } = cast
  const now = site.clock.now
  const name = `scene${++scenes}`
  const idOf = async (table: 'api_keys' | 'passkeys' | 'identities', values: object) => {
    const row = { member_id: author.id, ...values, created_at: now } as never
    return (await site.db.insertInto(table).values(row).returning('id').executeTakeFirstOrThrow()).id
  }
  let made: Promise<Actor> | null = null
  const companion = () => {
    made ??= site.member()
    return made
  }
  const key = { name, key_hash: Buffer.from(name), tail: 'abcd', scopes: ['read'] }
  const session = { memberId: author.id, kind: 'client', agent: '', now } as const
  return {
    draft: () => idFrom(author, '/drafts', { target: 'new', title: 'Half a thought' }),
    report: () => idFrom(author, '/reports', { comment, reason: 'spam' }),
    session: async () => (await openSession(site.db, session)).id,
    target: async () => (await companion()).id,
    room: () => groupOf(author, companion()),
    key: () => idOf('api_keys', { ...key, expires_at: new Date(now.getTime() + 86_400_000) }),
    passkey: () => idOf('passkeys', { credential: name, public_key: Buffer.from(name), counter: 0, name }),
    identity: () => idOf('identities', { issuer: 'https://issuer.example', subject: name, label: name }),
    invitation: () => idFrom(cast.administrator, '/invitations', {}),
  }
}

/** A room of the author and another, in which the author has said something. */
async function groupOf(author: Actor, companion: Promise<Actor>): Promise<number> {
  const { id } = await companion
  const room = await idFrom(author, '/chat/rooms', { members: [id], name: 'A room' })
  await author.api('POST', `/chat/rooms/${room}/messages`, { body: 'Hello', clientId: 'x' })
  return room
}

/** The cast, and a question of the author with an answer; with everything else or, when a row is given, what that one names. */
export async function makeScene(site: TestApp, row?: Row): Promise<Scene> {
  const cast = {
    stranger: await site.member(),
    author: await site.member(),
    moderator: await site.member(undefined, 'moderator'),
    administrator: await site.member(undefined, 'administrator'),
  }
  const { author } = cast
  const { slug } = await site.board({ kind: 'question' })
  const post = await idFrom(author, `/boards/${slug}/posts`, {
    title: 'A post',
    body: 'Text',
    tags: ['walk'],
  })
  const comment = await idFrom(author, `/posts/${post}/comments`, { body: 'An answer' })
  const ids: Scene['ids'] = { post, comment, slug, author: author.id, name: author.name }
  for (const [thing, make] of Object.entries(rareThings(site, cast, comment)))
    if (!row || isNamed(row, thing)) ids[thing] = await make()
  return { cast, ids }
}

function isNamed(row: Row, thing: string): boolean {
  if (thing === 'target' && row.path.includes(':member')) return true
  return thing === thingOf(row.path) || row.body.includes(`$${thing}`)
}

async function idFrom(actor: Actor, url: string, body: object): Promise<number> {
  return (await actor.api('POST', url, body)).json<{ id: number }>().id
}

/** Whose id `:id` is, by the beginning of the route; the first that fits. */
const things: readonly (readonly [prefix: string, thing: string])[] = [
  ['/api/v1/chat/rooms/:', 'room'],
  ['/chat/:', 'room'],
  ['/api/v1/posts/', 'post'],
  ['/p/', 'post'],
  ['/api/v1/comments/', 'comment'],
  ['/c/', 'comment'],
  ['/api/v1/drafts/', 'draft'],
  ['/drafts/', 'draft'],
  ['/api/v1/moderation/reports/', 'report'],
  ['/mod/reports/', 'report'],
  ['/api/v1/me/sessions/', 'session'],
  ['/api/v1/me/keys/', 'key'],
  ['/settings/keys/', 'key'],
  ['/api/v1/me/passkeys/', 'passkey'],
  ['/settings/security/passkeys/', 'passkey'],
  ['/settings/security/identities/', 'identity'],
  ['/api/v1/invitations/', 'invitation'],
  ['/invitations/', 'invitation'],
  ['/api/v1/members/', 'target'],
  ['/mod/members/', 'target'],
  ['/admin/members/', 'target'],
  ['/m/', 'target'],
  ['/mod/sign-ups/', 'target'],
]

function thingOf(path: string): string | undefined {
  if (path.includes(':member') && !path.includes('/chat/')) return 'target'
  return things.find(([prefix]) => path.startsWith(prefix))?.[1]
}

function nameFor(path: string): string | undefined {
  if (path.startsWith('/files/')) return `${'0'.repeat(32)}.webp`
  return path.includes('/texts/') ? 'rules' : undefined
}

/** The route's address in this scene. */
export function addressOf(path: string, { ids }: Pick<Scene, 'ids'>, asset: string): string {
  const thing = thingOf(path)
  const values: Record<string, string | number> = {
    id: (thing && ids[thing]) ?? '999999999',
    slug: path.startsWith('/p/') ? 'a-post' : (ids['slug'] ?? ''),
    name: nameFor(path) ?? ids['name'] ?? '',
    member: ids['target'] ?? '',
    version: 1,
    number: 1,
    emoji: encodeURIComponent('👍'),
    tag: 'walk',
    token: 'x',
    delivery: 1,
    file: asset.replace('/assets/', ''),
    part: 'pages.xml',
  }
  const address = path.replace(/:(\w+)/g, (_, name: string) => String(values[name])).replace('*', 'logo.svg')
  if (address === '/oembed')
    return `${address}?url=${encodeURIComponent(`http://localhost:80/p/${ids['post']}`)}`
  if (address === '/chat/cards') return `${address}?posts=1`
  if (address.includes('/chat/') && address.endsWith('/search')) return `${address}?q=x`
  if (address.endsWith('/news')) return `${address}?since=2026-01-01T00:00:00Z`
  return address === '/api/v1/members' ? `${address}?prefix=m` : address
}

/** Sends the row as this actor does: the API by token, pages by cookie and form. */
export function send(row: Row, scene: Scene, given: { actor: Pick<Actor, 'api' | 'page'>; asset: string }) {
  const { actor, asset } = given
  const address = addressOf(row.path, scene, asset)
  const text = row.body.replace(/\$(\w+)/g, (_, name: string) => String(scene.ids[name]))
  const body: Record<string, string> | undefined = text === '' ? undefined : JSON.parse(text)
  if (row.path.startsWith('/api/v1/')) {
    const method = row.method as Parameters<Actor['api']>[0]
    return actor.api(method, address.slice('/api/v1'.length), body)
  }
  return row.method === 'GET' ? actor.page(address) : actor.page(address, body ?? {})
}

export type Outcome = 'through' | 'stopped' | 'nothing'

/** Whether whoever asked got past the gate: what the thing itself then refuses (409, 422) is past it. */
export function outcomeOf(answer: Answer): Outcome {
  const { statusCode: status } = answer
  if (status === 401 || status === 403) return 'stopped'
  const to = String(answer.headers.location ?? '')
  if (/^\/(sign-in\?next=|settings\/security\/prove)/.test(to)) return 'stopped'
  return status === 404 ? 'nothing' : 'through'
}

/** With a token of any kind, as a program sends it. */
export function byToken(site: TestApp, token: string): Pick<Actor, 'api' | 'page'> {
  const ask = (options: InjectOptions) =>
    site.app.inject({ ...options, headers: { authorization: `Bearer ${token}` } })
  return {
    api: (method, url, payload) =>
      ask(
        payload === undefined ? { method, url: `/api/v1${url}` } : { method, url: `/api/v1${url}`, payload },
      ),
    page: (url, form) =>
      ask(
        form === undefined
          ? { url }
          : { method: 'POST', url, payload: Buffer.isBuffer(form) ? form : { ...form } },
      ),
  }
}
