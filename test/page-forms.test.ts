import Fastify from 'fastify'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { guardForms, type PageForm } from '#platform/http/forms.ts'
import { addressOf, makeScene, type Row, readGates, type Scene } from '#test/security/gates.ts'
import { makeAppWithRoutes, type RouteName } from '#test/security/routes.ts'
import type { Actor, Answer, TestApp } from '#test/support/app.ts'

let site: TestApp
let routes: RouteName[]
let forms: Map<RouteName, PageForm>
let scene: Scene
const gates = readGates()
const posts = [...gates.values()].filter(({ method, path }) => method === 'POST' && !path.includes('/api/'))
/** What programs of others send: its route says so. */
const open = ['POST /unsubscribe/:token']
/** Not shown in the scene: for one's own message, for one that nobody reported, for an app that was not begun. */
const elsewhere = [
  'POST /chat/:id/messages/:number/report',
  'POST /mod/messages/:id',
  'POST /settings/security/totp/confirm',
]
const closed = posts.filter(({ route }) => !open.includes(route))

beforeAll(async () => {
  ;({ site, routes, forms } = await makeAppWithRoutes({
    env: { SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'yard@example.org' },
  }))
  scene = await makeScene(site)
  await site.deps.acts.flush()
  await site.db.updateTable('sessions').set({ proved_at: site.clock.now }).execute()
})
afterAll(() => site[Symbol.asyncDispose]())

/** Who gets furthest with it. */
function actorFor({ who, path }: Row): Actor {
  const { author, moderator, administrator } = scene.cast
  if (who.startsWith('administrator') || path.startsWith('/admin/')) return administrator
  return who.startsWith('moderator') ? moderator : author
}

const placeOf = (row: Row, language = 'en') => `${addressOf(row.path, scene, '')}?lang=${language}`

function rightForm({ body }: Row): Record<string, string> {
  return JSON.parse(body.replace(/\$(\w+)/g, (_, name: string) => String(scene.ids[name])) || '{}')
}

/** Every row of every table, but when somebody was last here, and what the scene's own message is told of later. */
async function markOf(): Promise<string[]> {
  const tables = await sql<{
    name: string
  }>`select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'notifications'`.execute(
    site.db,
  )
  return Promise.all(
    tables.rows.map(async ({ name }) => {
      const { rows } = await sql<{
        mark: string | null
      }>`select md5(string_agg(t::text, ',' order by t::text)) as mark
        from (select to_jsonb(x) - 'seen_at' as t from ${sql.table(name)} x) own`.execute(site.db)
      return `${name} ${rows[0]?.mark}`
    }),
  )
}

/** Links that lead nowhere any more and things that are not there are not found, whatever was sent. */
function expectRefused(row: Row, answer: Answer, said: readonly string[]): void {
  const what = `${row.route} ${answer.statusCode} ${answer.body.slice(0, 300)}`
  const isElsewhere = elsewhere.includes(row.route)
  const mayBeGone = row.who === 'secret' || row.who.endsWith('?') || isElsewhere
  expect(mayBeGone ? [422, 404] : [422], what).toContain(answer.statusCode)
  if (answer.statusCode !== 422 || isElsewhere) return
  for (const text of said) expect(answer.body, what).toContain(text)
}

test('every POST of a page says which fields its form has', () => {
  const pages = routes.filter((route) => route.startsWith('POST ') && !route.includes('/api/'))
  expect([...forms.keys()].sort()).toEqual(pages)
  expect([...forms].filter(([, { fields }]) => fields === null).map(([route]) => route)).toEqual(open)
})

test('a page whose POST says nothing of its form does not start', () => {
  const server = Fastify()
  guardForms(server)
  server.get('/things', () => 'x')
  expect(() => server.post('/things', () => 'x')).toThrow('POST /things does not say')
})

test.each([
  ['en', 'surprise: This field is unknown.'],
  ['ko', 'surprise: 모르는 항목입니다.'],
])('a field that no form has is refused by name, and nothing is done: %s', async (language, said) => {
  const before = await markOf()
  for (const row of closed) {
    const answer = await actorFor(row).page(placeOf(row, language), { ...rightForm(row), surprise: 'x' })
    expectRefused(row, answer, [said, `<html lang="${language}"`])
  }
  expect(await markOf()).toEqual(before)
})

test('of many fields that a form does not have the first twenty are named; what was typed is not lost', async () => {
  const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`k${at}`, '1']))
  const written = { ...many, title: 'Typed after them', body: 'and kept', tags: '', board: '' }
  const answer = await scene.cast.author.page('/write', written)
  expect(answer.statusCode).toBe(422)
  for (const part of ['Typed after them', 'and kept', 'k0: This', 'k19: This'])
    expect(answer.body).toContain(part)
  expect(answer.body).not.toContain('k20')
})

test('a value that no form offers is refused, and nothing is done', async () => {
  const before = await markOf()
  let tried = 0
  for (const row of closed) {
    for (const [name, values] of forms.get(row.route)?.fields ?? []) {
      if (values === null) continue
      tried++
      const answer = await actorFor(row).page(placeOf(row), { ...rightForm(row), [name]: 'surprise' })
      const said = values instanceof RegExp ? 'The value is of the wrong kind.' : 'One of these: '
      expectRefused(row, answer, [said])
    }
  }
  expect(tried).toBeGreaterThan(60)
  expect(await markOf()).toEqual(before)
})

test.each([
  ['en', 'One of these: publish, preview, draft'],
  ['ko', '다음 가운데 하나여야 합니다: publish, preview, draft'],
])(
  'a button that a form does not have does nothing, and what was typed is not lost: %s',
  async (language, said) => {
    const { author } = scene.cast
    const before = await markOf()
    const typed = { title: 'A title', body: 'A long thought', board: String(scene.ids['slug']), do: 'publsh' }
    const { board: _, ...edited } = typed
    for (const [place, form] of [
      ['/write', typed],
      [`/p/${scene.ids['post']}/edit`, edited],
    ] as const) {
      const { statusCode, body } = await author.page(`${place}?lang=${language}`, form)
      expect(statusCode).toBe(422)
      expect(body).toContain(said)
      expect(body).toContain('value="A title"')
      expect(body).toMatch(/name="body"[^>]*>\nA long thought<\/textarea>/)
    }
    expect(await markOf()).toEqual(before)
  },
)

test('a form without the name of its button, as Enter sends it, does what the first button does', async () => {
  const typed = { title: 'By Enter', body: 'b', board: String(scene.ids['slug']) }
  const answer = await scene.cast.author.page('/write', typed)
  expect(answer.headers.location).toMatch(/^\/p\/\d+\/by-enter$/)
})

test('of a field that is sent twice the first counts', async () => {
  const { cookie } = scene.cast.author
  const answer = await site.app.inject({
    method: 'POST',
    url: '/preferences',
    headers: { cookie, 'content-type': 'application/x-www-form-urlencoded', origin: 'http://localhost:80' },
    payload: 'theme=dark&theme=surprise&next=/boards',
  })
  expect(answer.headers.location).toBe('/boards')
})

test.each(['[]', '"text"', '1', '{"value":1}', '{"value":{"x":"1"}}', '{"value":[]}', '{"value":null}'])(
  'JSON that is no form is refused: %s',
  async (payload) => {
    const before = await markOf()
    const { cookie } = scene.cast.author
    const headers = { cookie, 'content-type': 'application/json', origin: 'http://localhost:80' }
    const url = `/p/${scene.ids['post']}/vote`
    const answer = await site.app.inject({ method: 'POST', url, headers, payload })
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toContain('The value is of the wrong kind.')
    expect(await markOf()).toEqual(before)
  },
)

test('a picture is taken from its own field alone', async () => {
  const part = (name: string, rest: string) =>
    `--x\r\ncontent-disposition: form-data; name="${name}"${rest}\r\n`
  const picture = (name: string) => part(name, '; filename="a.png"\r\ncontent-type: image/png\r\n\r\nx')
  for (const sent of [part('surprise', '\r\n\r\n1') + picture('image'), picture('surprise')]) {
    for (const url of ['/upload', '/settings/avatar']) {
      const answer = await scene.cast.author.page(url, Buffer.from(`${sent}--x--\r\n`))
      expect([answer.statusCode, url]).toEqual([422, url])
      expect(answer.body).toContain('surprise: This field is unknown.')
    }
  }
})

type Shown = { route: RouteName; name: string; value: string | null }

const attribute = (tag: string, name: string) => new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1]

/** The route that takes what a form sends. */
function routeTo(action: string): RouteName {
  const path = action.split(/[?#]/, 1)[0] ?? ''
  const known = [...forms.keys()].filter((route) => {
    const [, template = ''] = route.split(' ')
    return new RegExp(`^${template.replace(/:\w+/g, '[^/]+')}$`).test(path)
  })
  return known.sort((a, b) => a.split(':').length - b.split(':').length)[0] ?? `none for ${action}`
}

/** What the forms of a page may send: each name, with the value where the page and not the reader says it. */
function sentBy(html: string): Shown[] {
  return [...html.matchAll(/<form ([^>]*)>([\s\S]*?)<\/form>/g)].flatMap(([, form = '', inside = '']) => {
    if (!/method="post"/.test(form)) return []
    const route = routeTo(attribute(` ${form}`, 'action') ?? '')
    const tags = inside.matchAll(/<(input|button|textarea|select)( [^>]*)>([\s\S]*?(?=<\/select>))?/g)
    return [...tags].flatMap(([, tag = '', attributes = '', options = '']): Shown[] => {
      const name = attribute(attributes, 'name')
      if (name === undefined) return []
      if (tag === 'select')
        return [...options.matchAll(/<option value="([^"]*)"/g)].map(([, value = '']) => ({
          route,
          name,
          value,
        }))
      const isGiven = tag === 'button' || /type="(hidden|checkbox|radio)"/.test(attributes)
      return [{ route, name, value: isGiven ? (attribute(attributes, 'value') ?? '') : null }]
    })
  })
}

test('every form that a page shows sends what its route takes', async () => {
  const seen = new Set<RouteName>()
  const check = (what: string, { body }: Answer) => {
    for (const { route, name, value } of sentBy(body)) {
      seen.add(route)
      const fields = forms.get(route)?.fields
      expect(fields?.has(name), `${what}: ${route} takes ${name}`).toBe(true)
      const values = fields?.get(name)
      if (!values || value === null) continue
      const isTaken = values instanceof RegExp ? values.test(value) : values.includes(value)
      expect(isTaken, `${what}: ${route} takes ${name}=${value}`).toBe(true)
    }
  }
  const { cast } = scene
  for (const { method, path } of gates.values()) {
    if (method !== 'GET' || path.startsWith('/api/')) continue
    for (const who of [site.guest, cast.stranger, cast.author, cast.moderator, cast.administrator])
      check(path, await who.page(addressOf(path, scene, site.deps.assets.css)))
  }
  for (const row of closed)
    check(row.route, await actorFor(row).page(placeOf(row), { ...rightForm(row), surprise: 'x' }))
  for (const [what, answer] of await rarePages()) check(what, answer)
  const unseen = [...forms].filter(([route, { fields }]) => fields && fields.size > 0 && !seen.has(route))
  // Asks for the password that nobody in the scene has.
  expect(unseen.map(([route]) => route)).toEqual(['POST /settings/security/totp/off'])
})

/** Pages that only some act leads to. */
async function rarePages(): Promise<[string, Answer][]> {
  const { stranger, author, moderator, administrator } = scene.cast
  const pages: [string, Answer][] = []
  const look = async (who: Pick<Actor, 'page'>, ...asked: Parameters<Actor['page']>) => {
    const answer = await who.page(...asked)
    pages.push([`${asked[0]} ${answer.statusCode}`, answer])
    return answer
  }
  const linkIn = ({ body }: Answer, part: string) => new RegExp(`/${part}/[\\w.-]+`).exec(body)?.[0] ?? 'none'

  const [post, comment] = [`/p/${scene.ids['post']}`, `/c/${scene.ids['comment']}`]
  await look(author, '/write', { do: 'preview', title: 'T', body: 'b' })
  await look(author, `${post}/edit`, { do: 'preview', title: 'T', body: 'b', version: '1' })
  for (const place of [post, comment])
    for (const body of ['first', 'second'])
      await look(author, `${place}/edit`, { body, title: 'T', version: '1', note: 'n' })
  await look(administrator, '/admin/texts/rules', { do: 'preview', body: 'b' })

  await stranger.api('POST', `/posts/${scene.ids['post']}/comments`, { body: 'x' })
  await look(author, '/notifications')
  const room = (await stranger.api('POST', '/chat/rooms', { members: [author.id] })).json().id
  await author.api('POST', `/chat/rooms/${room}/messages`, { body: 'x', clientId: 'x' })
  await look(stranger, `/chat/${room}/messages/1`)
  await stranger.page(`/chat/${room}/messages/1/report`, { reason: 'spam' })
  await look(moderator, '/mod/messages')

  const newcomer = await site.member()
  await site.db.updateTable('members').set({ approval: 'waiting' }).where('id', '=', newcomer.id).execute()
  await look(moderator, '/mod/sign-ups')

  const invited = await administrator.page('/invitations', { role: 'member', uses: '1', days: '7' })
  await look(site.guest, linkIn(invited, 'join'))
  const handed = await administrator.page(`/admin/members/${stranger.id}/link`, {})
  await look(site.guest, linkIn(handed, 'claim'))
  await author.page('/settings/security/totp', {})
  await look(author, '/settings/security/totp')
  return pages
}
