import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKey } from '#modules/keys/keys.ts'
import type { Actor, TestApp } from '#test/support/app.ts'
import { compareWithDescription, type Disagreement } from '#test/support/description.ts'
import { prove } from '#test/support/proof.ts'
import {
  byToken,
  makeScene,
  type Outcome,
  outcomeOf,
  type Row,
  readGates,
  type Scene,
  send,
} from './gates.ts'
import { makeAppWithRoutes, type RouteName } from './routes.ts'

let site: TestApp
let routes: RouteName[]
let asset: string
let disagreement: Disagreement
/** For what only reads: one for all. */
let still: Scene
const gates = readGates()
const rows = [...gates.values()]
beforeAll(async () => {
  ;({ site, routes } = await makeAppWithRoutes())
  asset = site.deps.assets.css
  disagreement = await compareWithDescription(site)
  still = await makeScene(site)
})
afterAll(() => site[Symbol.asyncDispose]())

const names = ['guest', 'stranger', 'author', 'moderator', 'administrator'] as const
type Name = (typeof names)[number]
const actorOf = (scene: Scene, name: Name): Pick<Actor, 'api' | 'page'> =>
  name === 'guest' ? site.guest : scene.cast[name]

const members: readonly Name[] = names.slice(1)
/** Who gets through; all others are stopped. */
const through: Record<string, readonly Name[]> = {
  open: names,
  secret: [],
  member: members,
  owner: ['author'],
  author: ['author', 'moderator', 'administrator'],
  moderator: ['moderator', 'administrator'],
  administrator: ['administrator'],
  proved: [],
  silent: members,
  joining: members,
}

function expected(row: Row, name: Name): readonly Outcome[] {
  const missing = row.who.endsWith('?')
  const passes = through[row.who.replace('?', '')]?.includes(name)
  if (passes) return missing ? ['nothing', 'through'] : ['through']
  // Tokens, codes and passwords that are none: any refusal that leads nowhere.
  if (row.who === 'secret' || row.who === 'joining') return ['stopped', 'nothing', 'through']
  return missing || name === 'guest' ? ['stopped'] : ['stopped', 'nothing']
}

const isOpen = ({ who }: Row) => ['open', 'secret', 'joining'].includes(who.replace('?', ''))

test('every route stands in the table of who gets through, and none that is not there', () => {
  expect(routes).toEqual([...gates.keys()].sort())
})

describe('who gets through, and who does not: S46', () => {
  test.each(rows.map((row) => [row.route, row] as const))('%s', async (route, row) => {
    const scene = row.method === 'GET' ? still : await makeScene(site, row)
    for (const name of names) {
      const answer = await send(row, scene, { actor: actorOf(scene, name), asset })
      const what = `${route} as ${name}: ${answer.statusCode} ${answer.body.slice(0, 200)}`
      expect(expected(row, name), what).toContain(outcomeOf(answer))
      expect(answer.statusCode, what).toBeLessThan(500)
      expect(disagreement(row.method, row.path, answer), what).toBeNull()
      // Signing in would help a guest; others it would not.
      if (name === 'guest' && !isOpen(row) && row.path.startsWith('/api/'))
        expect(answer.statusCode, what).toBe(401)
      if (row.who !== 'secret') continue
      expect(answer.cookies, what).toEqual([])
      if (name === 'guest') expect(answer.statusCode, what).toBeGreaterThanOrEqual(303)
    }
  })
})

test.each(rows.filter((row) => row.who === 'proved').map((row) => [row.route, row] as const))(
  'after a proof of who one is, and with what is one’s own: %s',
  async (route, row) => {
    const scene = await makeScene(site)
    await site.db.updateTable('sessions').set({ proved_at: site.clock.now }).execute()
    const isDesk = /\/admin\/|\/members\/:id\/link$/.test(route)
    if (isDesk) {
      const moderator = await send(row, scene, { actor: scene.cast.moderator, asset })
      expect(outcomeOf(moderator), moderator.body.slice(0, 200)).toBe('stopped')
    } else if (route.includes('/:id')) {
      const foreign = await send(row, scene, { actor: scene.cast.stranger, asset })
      expect(outcomeOf(foreign), foreign.body.slice(0, 200)).toBe('nothing')
    }
    const actor = isDesk ? scene.cast.administrator : scene.cast.author
    const own = await send(row, scene, { actor, asset })
    expect(disagreement(row.method, row.path, own)).toBeNull()
    expect(own.statusCode, own.body.slice(0, 200)).not.toBe(403)
    expect(own.headers.location ?? '').not.toContain('/prove')
  },
)

test('S46 a draft is thrown away by its owner alone, though others hear nothing else', async () => {
  const silent = rows.filter((one) => one.who === 'silent')
  expect(silent).not.toEqual([])
  for (const row of silent) {
    const scene = await makeScene(site)
    const find = () => scene.cast.author.api('GET', `/drafts/${scene.ids['draft']}`)
    await send(row, scene, { actor: scene.cast.administrator, asset })
    expect((await find()).statusCode, row.route).toBe(200)
    await send(row, scene, { actor: scene.cast.author, asset })
    expect((await find()).statusCode, row.route).toBe(404)
  }
})

describe('a post on a board that became the moderators’', () => {
  const touching = rows.filter(({ path }) => /\/(p|c|posts|comments)\/:id/.test(path))
  test('S07 S46 is not there for others, its author included, by any route', async () => {
    expect(touching.length).toBeGreaterThan(60)
    const scene = await makeScene(site)
    await site.db
      .updateTable('boards')
      .set({ read_by: 'moderators' })
      .where('slug', '=', String(scene.ids['slug']))
      .execute()
    for (const row of touching) {
      for (const name of ['guest', 'stranger', 'author'] as const) {
        const answer = await send(row, scene, { actor: actorOf(scene, name), asset })
        const outcome = outcomeOf(answer)
        const what = `${row.route} as ${name}: ${answer.statusCode}`
        // Taking one's own bookmark or follow away says nothing about the post; a download's address leads to one that refuses.
        const quiet = /^DELETE .*(bookmark|follow)$/.test(row.route) || row.path.endsWith('history.csv')
        if (quiet && outcome === 'through') continue
        // A moderator's act is refused before anything is looked for.
        expect(
          row.who === 'moderator'
            ? ['stopped', 'nothing']
            : name === 'guest'
              ? ['stopped', 'nothing']
              : ['nothing'],
          what,
        ).toContain(outcome)
        expect(answer.body, what).not.toContain('A post')
      }
    }
  })
})

/** What a blocked member still may: their own account, ways in and out, what only they see. */
const ownAffairs =
  /^\S+ (\/api\/v1\/(me|sessions|invitations\/:id|email-|password-|members$|drafts\/:id$|preview|posts\/:id\/bookmark|notifications|chat\/rooms\/:id\/(read|muted)|\w+\/:\w+\/follow$)|\/(settings|sign-|preferences|drafts\/|m\/:id\/keep-away|chat\/:id\/(mute|unmute|leave)|p\/:id\/bookmark|notifications|\w\/:\w+\/follow$|forgot|invitations\/:id))/

test('a blocked member changes nothing that others see, by any route', async () => {
  const scene = await makeScene(site)
  const { author, administrator } = scene.cast
  await administrator.api('PUT', `/members/${author.id}/block`, { reason: 'rest' })
  const passed: string[] = []
  for (const row of rows) {
    if (row.method === 'GET' || ownAffairs.test(row.route) || row.who === 'secret') continue
    const answer = await send(row, scene, { actor: author, asset })
    if (outcomeOf(answer) === 'through') passed.push(`${row.route} ${answer.statusCode}`)
  }
  // A form without a picture, and a preview: refused for what it is, and shown to its writer alone.
  expect(passed).toEqual(['POST /upload 422', 'POST /write 200'])
  const written = { title: 'T', body: 'b', board: String(scene.ids['slug']) }
  expect((await author.page('/write', written)).statusCode).toBe(403)
  expect((await author.api('POST', '/files')).statusCode).toBe(403)
}, 90_000)

describe('an API key', () => {
  const scopes = ['read', 'write', 'moderate', 'admin'] as const
  test('opens what its scopes name, and nothing else, whoever made it', async () => {
    const scene = await makeScene(site)
    const { administrator } = scene.cast
    await prove(site, administrator)
    const keyWith = async (given: readonly string[]) => {
      const input = { name: 'k', scopes: given, now: site.clock.now }
      return byToken(site, (await createKey(site.db, administrator.viewer, input)).key)
    }
    const keys = new Map<string, Pick<Actor, 'api' | 'page'>>()
    for (const scope of scopes)
      keys.set(`without ${scope}`, await keyWith(scopes.filter((one) => one !== scope)))
    const all = await keyWith(scopes)
    for (const row of rows) {
      const what = `${row.route} with ${row.scope}`
      if (row.scope === '-') {
        const answer = await send(row, scene, { actor: all, asset })
        if (row.route === 'GET /metrics') continue
        expect(answer.statusCode, what).toBe(403)
        continue
      }
      const without = await send(row, scene, { actor: keys.get(`without ${row.scope}`) ?? all, asset })
      expect(without.statusCode, what).toBe(403)
      const answer = await send(row, scene, { actor: all, asset })
      if (row.who !== 'owner') expect(outcomeOf(answer), what).not.toBe('stopped')
      // What comes after it needs a board that takes something.
      if (row.route.endsWith('/archive'))
        await administrator.api('DELETE', `/boards/${scene.ids['slug']}/archive`)
    }
  }, 90_000)

  test('of a member opens no moderator’s route by a scope that its role does not have', async () => {
    const { cast } = await makeScene(site)
    await prove(site, cast.stranger)
    const input = { name: 'k', scopes: ['moderate'], now: site.clock.now }
    await expect(createKey(site.db, cast.stranger.viewer, input)).rejects.toThrow('invalid')
  })
})
