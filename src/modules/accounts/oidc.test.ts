import { createServer, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, makeTestApp, type TestApp } from '#test/support/app.ts'
import { type Person, startIssuer, type TestIssuer } from '#test/support/issuer.ts'

const origin = 'https://yard.example'
const callback = `${origin}/sign-in/oidc/callback`
const password = 'correct horse battery'
let issuer: TestIssuer
let site: TestApp
beforeAll(async () => {
  issuer = await startIssuer(callback)
  site = await makeSite(issuer)
})
afterAll(async () => {
  await site[Symbol.asyncDispose]()
  await issuer[Symbol.asyncDispose]()
})

function makeSite(at: { url: string; clientId: string; clientSecret: string }) {
  const env = {
    BASE_URL: origin,
    OIDC_ISSUER: at.url,
    OIDC_CLIENT_ID: at.clientId,
    OIDC_CLIENT_SECRET: at.clientSecret,
    OIDC_NAME: 'Village ID',
  }
  return makeTestApp({ env })
}

/** A browser that keeps cookies and goes to the issuer and back by itself. */
class Visitor {
  readonly #site: TestApp
  readonly #here = new Map<string, string>()
  readonly #there = new Map<string, string>()
  constructor(on: TestApp = site) {
    this.#site = on
  }

  get cookie(): string {
    return pairs(this.#here)
  }

  cookies(): string[] {
    return [...this.#here.keys()].sort()
  }

  async open(url: string, form?: Record<string, string>): Promise<Answer> {
    const headers = { cookie: pairs(this.#here), origin, host: 'yard.example' }
    const answer = await this.#site.app.inject(
      form
        ? {
            method: 'POST',
            url,
            headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
            payload: new URLSearchParams(form).toString(),
          }
        : { url, headers },
    )
    for (const { name, value } of answer.cookies) {
      if (value === '') this.#here.delete(name)
      else this.#here.set(name, value)
    }
    return answer
  }

  /** Sets out, and hands over the address at the issuer. */
  async leave(url = '/sign-in/oidc'): Promise<URL> {
    const answer = await this.open(url)
    expect(answer.statusCode).toBe(303)
    return new URL(String(answer.headers.location))
  }

  /** Signs in at the issuer, and hands over the address that it leads back to. */
  async visitIssuer(address: URL): Promise<URL> {
    let url = address
    for (let hop = 0; hop < 10; hop++) {
      const answer = await fetch(url, { redirect: 'manual', headers: { cookie: pairs(this.#there) } })
      for (const line of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (value === '') this.#there.delete(name)
        else this.#there.set(name, value)
      }
      const location = answer.headers.get('location')
      if (!location) throw new Error(`the issuer stopped: ${answer.status} ${await answer.text()}`)
      url = new URL(location, url)
      if (url.origin === origin) return url
    }
    throw new Error('the issuer leads in circles')
  }

  /** All the way, as `person`. */
  async signIn(person: Person, url?: string): Promise<Answer> {
    issuer.person = person
    const back = await this.visitIssuer(await this.leave(url))
    return this.open(back.pathname + back.search)
  }

  /** Signs out at the issuer. */
  forgetIssuer(): void {
    this.#there.clear()
  }

  async name(): Promise<string | null> {
    const { body } = await this.open('/settings')
    return /<p class="who">([^<]+)</.exec(body)?.[1] ?? null
  }
}

const pairs = (jar: Map<string, string>) => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
const path = (url: URL) => url.pathname + url.search
const text = (answer: Answer) => answer.body.replaceAll('&#39;', "'")

let made = 0
/** Somebody new, who is a member by now. */
async function newcomer(
  values: Partial<Person> = {},
): Promise<{ visitor: Visitor; person: Person; name: string }> {
  const name = `comer${++made}`
  const person = { sub: `s-${name}`, email: `${name}@village.example`, email_verified: true, ...values }
  const visitor = new Visitor()
  await visitor.signIn(person)
  const done = await visitor.open('/sign-up/oidc', { name, email: `${name}@other.example` })
  expect(done.statusCode).toBe(303)
  return { visitor, person, name }
}

async function memberWithPassword(name: string, email = `${name}@example.org`) {
  await site.guest.api('POST', '/members', { name, email, password })
  const visitor = new Visitor()
  await visitor.open('/sign-in', { login: name, password })
  return visitor
}

describe('signing in by another site', () => {
  test('sends the person there with state, nonce and PKCE, all new each time', async () => {
    const visitor = new Visitor()
    const [one, two] = [await visitor.leave(), await new Visitor().leave()]
    expect(one.origin).toBe(issuer.url)
    expect(Object.fromEntries(one.searchParams)).toMatchObject({
      client_id: 'yard',
      response_type: 'code',
      scope: 'openid email profile',
      redirect_uri: callback,
      code_challenge_method: 'S256',
    })
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(one.searchParams.get(name)?.length).toBeGreaterThanOrEqual(43)
      expect(one.searchParams.get(name)).not.toBe(two.searchParams.get(name))
    }
    expect(visitor.cookies()).toEqual(['__Host-madang-oidc'])
  })

  test('lets somebody new choose a name, prefilled, and takes the address that the issuer confirmed', async () => {
    const visitor = new Visitor()
    const person = {
      sub: 's1',
      email: 'Maru@village.example',
      email_verified: true,
      preferred_username: 'maru han',
    }
    const arrived = await visitor.signIn(person, '/sign-in/oidc?next=/bookmarks')
    expect(arrived.headers.location).toBe('/sign-up/oidc')
    const form = await visitor.open('/sign-up/oidc')
    expect(form.body).toContain('value="maru_han"')
    expect(form.body).toContain('Maru@village.example')
    expect(form.body).not.toContain('name="email"')
    const refused = await visitor.open('/sign-up/oidc', { name: 'x' })
    expect(refused.statusCode).toBe(422)
    const done = await visitor.open('/sign-up/oidc', { name: '마루', email: 'ignored@else.example' })
    expect(done.headers.location).toBe('/bookmarks')
    expect(await visitor.name()).toBe('마루')
    const row = await site.db
      .selectFrom('members')
      .selectAll()
      .where('name', '=', '마루')
      .executeTakeFirstOrThrow()
    expect(row).toMatchObject({ email: 'Maru@village.example', password_hash: null, imported_from: null })
    expect(row.email_confirmed_at).not.toBeNull()
    expect((await visitor.open('/sign-up/oidc', { name: 'again' })).statusCode).toBe(400)
  })

  test('knows them again by issuer and subject, whatever e-mail and name have become', async () => {
    const { person, name } = await newcomer()
    const again = new Visitor()
    const changed = { sub: person.sub, email: 'changed@village.example', email_verified: true }
    const answer = await again.signIn(
      { ...changed, preferred_username: 'changed' },
      '/sign-in/oidc?next=/drafts',
    )
    expect(answer.headers.location).toBe('/drafts')
    expect(await again.name()).toBe(name)
  })

  test('does not take the same subject of another issuer for them', async () => {
    const { person } = await newcomer()
    await site.db
      .updateTable('identities')
      .set({ issuer: 'https://elsewhere.example' })
      .where('subject', '=', person.sub)
      .execute()
    const visitor = new Visitor()
    expect((await visitor.signIn(person)).headers.location).toBe('/sign-up/oidc')
    expect(await visitor.name()).toBeNull()
  })

  test.each([
    ['unverified', false],
    ['verified', true],
    ['said nothing of', undefined],
  ])('never signs in as the member who has the same e-mail (%s)', async (_, email_verified) => {
    const owner = `owner${++made}`
    await memberWithPassword(owner, `${owner}@village.example`)
    const visitor = new Visitor()
    const given = { sub: `thief-${owner}`, email: `${owner}@village.example`.toUpperCase() }
    await visitor.signIn(email_verified === undefined ? given : { ...given, email_verified })
    const form = await visitor.open('/sign-up/oidc')
    expect(form.body).toContain('name="email"')
    expect(form.body).not.toContain('VILLAGE.EXAMPLE')
    const taken = await visitor.open('/sign-up/oidc', { name: `thief${made}`, email: given.email })
    expect(taken.statusCode).toBe(409)
    expect(await visitor.name()).toBeNull()
    expect(
      await site.db.selectFrom('identities').selectAll().where('subject', '=', given.sub).execute(),
    ).toEqual([])
  })

  test('asks for an address when the issuer did not confirm its own, and trusts neither', async () => {
    const { name } = await newcomer({ email_verified: false })
    const row = await site.db
      .selectFrom('members')
      .selectAll()
      .where('name', '=', name)
      .executeTakeFirstOrThrow()
    expect(row).toMatchObject({ email: `${name}@other.example`, email_confirmed_at: null })
  })

  test('keeps to what the site asks of sign-ups', async () => {
    await site.deps.site.change({ signUp: 'closed' })
    try {
      const visitor = new Visitor()
      await visitor.signIn({ sub: 'late' })
      const answer = await visitor.open('/sign-up/oidc', { name: 'late', email: 'late@a.org' })
      expect(answer.statusCode).toBe(403)
    } finally {
      await site.deps.site.change({ signUp: 'open' })
    }
  })

  test('begins on the pages of signing up, and an invitation is kept on the way', async () => {
    const guest = (url: string) => site.guest.page(url)
    expect((await guest('/sign-up')).body).toContain('href="/sign-in/oidc"')
    expect((await guest('/sign-up?next=%2Fb%2Fyard')).body).toContain('href="/sign-in/oidc?next=%2Fb%2Fyard"')
    const board = await site.board()
    const keeper = await site.member(undefined, 'moderator')
    const { url } = (await keeper.api('POST', '/invitations', { board: board.slug })).json()
    await site.deps.site.change({ signUp: 'invitation' })
    try {
      const invited = new Visitor()
      const { body } = await invited.open(new URL(url).pathname)
      const link = /href="(\/sign-in\/oidc\?next=%2Fjoin[^"]+)"/.exec(body)?.[1] ?? ''
      await invited.signIn({ sub: 'invited', email: 'i@village.example', email_verified: true }, link)
      const done = await invited.open('/sign-up/oidc', { name: 'invited' })
      expect(done.headers.location).toBe(`/b/${board.slug}`)
      expect(await invited.name()).toBe('invited')
    } finally {
      await site.deps.site.change({ signUp: 'open' })
    }
  })

  test('asks for the second factor of a member who has one', async () => {
    const { person, name } = await newcomer()
    const { id } = await site.db
      .selectFrom('members')
      .select('id')
      .where('name', '=', name)
      .executeTakeFirstOrThrow()
    const now = site.clock.now
    const row = { member_id: id, sealed: Buffer.alloc(40), created_at: now, confirmed_at: now }
    await site.db.insertInto('totp_secrets').values(row).execute()
    const visitor = new Visitor()
    expect((await visitor.signIn(person)).headers.location).toBe('/sign-in/second')
    expect(await visitor.name()).toBeNull()
  })
})

describe('coming back', () => {
  test('without having left, and a second time, is refused', async () => {
    const { visitor: _, person } = await newcomer()
    issuer.person = person
    const visitor = new Visitor()
    const back = await visitor.visitIssuer(await visitor.leave())
    expect((await new Visitor().open(path(back))).statusCode).toBe(400)
    const signedIn = await visitor.open(path(back))
    expect(signedIn.statusCode).toBe(303)
    const other = new Visitor()
    await other.leave()
    expect((await visitor.open(path(back))).statusCode).toBe(400)
    // The code again, with a state that is right.
    const next = await other.visitIssuer(await other.leave())
    const replayed = new URL(next)
    replayed.searchParams.set('code', back.searchParams.get('code') ?? '')
    const answer = await other.open(path(replayed))
    expect(answer.statusCode).toBe(400)
    expect(text(answer)).toContain('could not be trusted')
    expect(await other.name()).toBeNull()
  })

  test('with the answer of somebody else who set out is refused', async () => {
    const [mine, theirs] = [await newcomer(), await newcomer()]
    issuer.person = theirs.person
    const attacker = new Visitor()
    const stolen = await attacker.visitIssuer(await attacker.leave())
    const victim = new Visitor()
    await victim.leave()
    expect((await victim.open(path(stolen))).statusCode).toBe(400)
    expect(await victim.name()).toBeNull()
    expect(await mine.visitor.name()).toBe(mine.name)
  })

  test.each([
    ['without a state', (url: URL) => url.searchParams.delete('state')],
    ['with another state', (url: URL) => url.searchParams.set('state', 'A'.repeat(43))],
    ['with two states', (url: URL) => url.searchParams.append('state', 'A'.repeat(43))],
    ['with the name of another issuer', (url: URL) => url.searchParams.set('iss', 'https://evil.example')],
    ['without the name of the issuer', (url: URL) => url.searchParams.delete('iss')],
    ['without a code', (url: URL) => url.searchParams.delete('code')],
    ['with another code', (url: URL) => url.searchParams.set('code', 'nonsense')],
  ])('%s is refused', async (_, change) => {
    const { person } = await newcomer()
    issuer.person = person
    const visitor = new Visitor()
    const back = await visitor.visitIssuer(await visitor.leave())
    change(back)
    const answer = await visitor.open(path(back))
    expect(answer.statusCode).toBe(400)
    expect(text(answer)).toContain('could not be trusted')
    expect(visitor.cookies()).toEqual([])
  })

  test.each([
    ['nonce', 'n'.repeat(43)],
    // As if the code had been asked for by somebody else: the verifier kept here does not fit.
    ['code_challenge', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'],
  ])('with an answer to another %s is refused', async (name, value) => {
    const { person } = await newcomer()
    issuer.person = person
    const visitor = new Visitor()
    const there = await visitor.leave()
    there.searchParams.set(name, value)
    const back = await visitor.visitIssuer(there)
    const answer = await visitor.open(path(back))
    expect(answer.statusCode).toBe(400)
    expect(visitor.cookies()).toEqual([])
  })

  test('after saying no at the issuer says so', async () => {
    const visitor = new Visitor()
    issuer.person = 'declines'
    const back = await visitor.visitIssuer(await visitor.leave())
    const answer = await visitor.open(path(back))
    expect(answer.statusCode).toBe(403)
    expect(text(answer)).toContain('Signing in was cancelled')
  })

  test('leads nowhere but to this site', async () => {
    const { person } = await newcomer()
    for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example', '/.//evil.example']) {
      const answer = await new Visitor().signIn(person, `/sign-in/oidc?next=${encodeURIComponent(next)}`)
      expect(answer.headers.location).toBe('/')
    }
  })
})

describe('a linked account', () => {
  const linkOn = (answer: Answer) =>
    /href="(\/sign-in\/oidc\?to=link[^"]*)"/.exec(answer.body)?.[1]?.replaceAll('&amp;', '&') ?? ''

  test('is added from the security page and signs in from then on', async () => {
    const visitor = await memberWithPassword('linker')
    const link = linkOn(await visitor.open('/settings/security'))
    const done = await visitor.signIn({ sub: 'linker-there', email: 'l@village.example' }, link)
    expect(done.headers.location).toBe('/settings/security?done=linked')
    const again = new Visitor()
    await again.signIn({ sub: 'linker-there' })
    expect(await again.name()).toBe('linker')
  })

  test('needs a link of this very session, and that one showed who one is', async () => {
    const [one, two] = [await memberWithPassword('ticket1'), await memberWithPassword('ticket2')]
    const foreign = linkOn(await one.open('/settings/security'))
    expect((await two.open(foreign)).statusCode).toBe(403)
    expect((await two.open('/sign-in/oidc?to=link')).statusCode).toBe(403)
    site.clock.now = new Date(site.clock.now.getTime() + 601_000)
    expect((await one.open(foreign)).headers.location).toMatch(/^\/settings\/security\/prove\?next=/)
    expect(linkOn(await one.open('/settings/security'))).toBe('')
  })

  test('of one member is not linked to another', async () => {
    const { person } = await newcomer()
    const visitor = await memberWithPassword('wants-it')
    const answer = await visitor.signIn(person, linkOn(await visitor.open('/settings/security')))
    expect(answer.statusCode).toBe(409)
    expect(text(answer)).toContain('linked to another member')
  })

  test('cannot be unlinked as the last way in; with a password it can', async () => {
    const { visitor, person } = await newcomer()
    const remove = async () => {
      const page = await visitor.open('/settings/security')
      return visitor.open(/action="([^"]*identities[^"]*)"/.exec(page.body)?.[1] ?? '', {})
    }
    const kept = await remove()
    expect(kept.statusCode).toBe(403)
    expect(text(kept)).toContain('last way')
    const both = { password, password2: password }
    expect((await visitor.open('/settings/security/password', both)).headers.location).toBe(
      '/settings/security?done=password',
    )
    expect((await visitor.open('/settings/security/password', both)).statusCode).toBe(409)
    expect((await remove()).headers.location).toBe('/settings/security?done=unlinked')
    expect((await new Visitor().signIn(person)).headers.location).toBe('/sign-up/oidc')
  })

  test('shows who one is again, for the same person alone', async () => {
    const { visitor, person } = await newcomer()
    site.clock.now = new Date(site.clock.now.getTime() + 601_000)
    const page = await visitor.open('/settings/security/prove')
    const link = /href="(\/sign-in\/oidc\?[^"]*)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const there = await visitor.leave(link)
    expect(there.searchParams.get('prompt')).toBe('login')
    visitor.forgetIssuer()
    expect((await visitor.signIn({ sub: 'somebody-else' }, link)).statusCode).toBe(403)
    visitor.forgetIssuer()
    expect((await visitor.signIn(person, link)).headers.location).toBe('/settings/security?done=proved')
  })
})

describe('an issuer that fails', () => {
  test('gets a page that says so, and works as soon as it is back', async () => {
    let answers = false
    await using down = await listen((response, own) => {
      if (!answers) return response.writeHead(500).end()
      const description = { issuer: own, authorization_endpoint: `${own}/auth` }
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(description))
    })
    await using other = await makeSite({ ...issuer, url: down.url })
    const answer = await new Visitor(other).open('/sign-in/oidc')
    expect(answer.statusCode).toBe(503)
    expect(text(answer)).toContain('does not answer at the moment')
    expect((await new Visitor(other).open('/sign-in')).statusCode).toBe(200)
    answers = true
    expect((await new Visitor(other).open('/sign-in/oidc')).headers.location).toContain(`${down.url}/auth?`)
  })

  test('that is not there, or calls itself otherwise, is refused', async () => {
    const url = await listen((response) => response.end()).then(async (gone) => {
      await gone[Symbol.asyncDispose]()
      return gone.url
    })
    await using nowhere = await makeSite({ ...issuer, url })
    expect((await new Visitor(nowhere).open('/sign-in/oidc')).statusCode).toBe(503)
    await using liar = await listen((response) => {
      const description = { issuer: issuer.url, authorization_endpoint: `${issuer.url}/auth` }
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(description))
    })
    await using other = await makeSite({ ...issuer, url: liar.url })
    expect((await new Visitor(other).open('/sign-in/oidc')).statusCode).toBe(503)
  })
})

async function listen(answer: (response: ServerResponse, own: string) => void) {
  const server = createServer((_, response) => answer(response, url))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url, [Symbol.asyncDispose]: close }
}

test('without settings there is neither button nor page', async () => {
  await using plain = await makeTestApp()
  expect((await plain.guest.page('/sign-in/oidc')).statusCode).toBe(404)
  expect((await plain.guest.page('/sign-in')).body).not.toContain('/sign-in/oidc')
  expect((await site.guest.page('/sign-in')).body).toContain('Sign in with Village ID')
})
