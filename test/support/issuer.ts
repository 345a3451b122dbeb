import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import Provider, { type Account, type Context } from 'oidc-provider'

export type Person = { sub: string; email?: string; email_verified?: boolean; preferred_username?: string }

export type TestIssuer = {
  url: string
  clientId: string
  clientSecret: string
  /** Who sits at the issuer and signs in there, or says no. */
  person: Person | 'declines'
} & AsyncDisposable

/** A real OpenID issuer on loopback that asks nobody for a password. It wants PKCE. */
export async function startIssuer(redirectUri: string): Promise<TestIssuer> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the issuer has no port')
  const people = new Map<string, Person>()
  const issuer: TestIssuer = {
    url: `http://127.0.0.1:${address.port}`,
    clientId: 'yard',
    clientSecret: randomBytes(24).toString('base64url'),
    person: { sub: 'nobody' },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  const provider = new Provider(issuer.url, configuration(issuer, { people, redirectUri }))
  const answer = provider.callback()
  server.on('request', (request, response) => {
    if (!request.url?.startsWith('/who/')) return answer(request, response)
    const { person } = issuer
    if (person === 'declines') {
      void provider.interactionFinished(request, response, { error: 'access_denied' })
      return
    }
    people.set(person.sub, person)
    void provider.interactionFinished(request, response, { login: { accountId: person.sub } })
  })
  return issuer

  function configuration(
    { clientId, clientSecret }: TestIssuer,
    given: { people: Map<string, Person>; redirectUri: string },
  ) {
    return {
      clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [given.redirectUri] }],
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['preferred_username'] },
      cookies: { keys: [randomBytes(16).toString('hex')] },
      ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 600, IdToken: 600 },
      pkce: { required: () => true },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_: unknown, { uid }: { uid: string }) => `/who/${uid}` },
      findAccount: (_: unknown, accountId: string): Account => ({
        accountId,
        claims: () => ({ ...given.people.get(accountId), sub: accountId }),
      }),
      loadExistingGrant: async ({ oidc }: Context) => {
        const grant = new provider.Grant({
          accountId: oidc.session.accountId,
          clientId: oidc.client.clientId,
        })
        grant.addOIDCScope('openid email profile')
        await grant.save()
        return grant
      },
    }
  }
}
