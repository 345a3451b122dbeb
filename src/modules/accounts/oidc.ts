import type { ClientAuth, Configuration, IDToken, UserInfoResponse } from 'openid-client'
import { BadRequest, Forbidden, Refusal, Unavailable } from '#platform/errors.ts'
import type { Identity } from './identities.ts'

/** What the operator says about the issuer. */
export type IssuerSettings = { issuer: string; clientId: string; clientSecret: string; name: string }

/** What has to be kept, here and not in the browser, until the person comes back. */
export type Journey = { state: string; nonce: string; verifier: string }

/** What the issuer says. The e-mail only when it checked it itself; it is never a key. */
export type Arrival = Identity & { name: string; email: string | null }

/** For each request to the issuer, in seconds. */
const timeout = 10
/** The issuer's description of itself is asked for again after a day, in milliseconds. */
const descriptionLife = 86_400_000
/** When somebody is to show who they are: how long ago they may have signed in at the issuer, in seconds. */
const freshFor = 60

// Loaded when the first person comes this way.
const library = () => import('openid-client')

/** Another site that says who people are, by OpenID Connect: authorization code with PKCE, state and nonce. */
export class Issuer {
  readonly settings: IssuerSettings
  readonly #note: (error: unknown) => void
  #known: { client: Promise<Configuration>; at: Date } | null = null

  /** `note` hears of what failed at the issuer, for the log. */
  constructor(settings: IssuerSettings, note: (error: unknown) => void) {
    this.settings = settings
    this.#note = note
  }

  /** Where the person goes, and what is needed when they come back. @throws Unavailable('issuer-away') */
  async leave(input: { redirectUri: string; fresh: boolean; now: Date }): Promise<Journey & { url: string }> {
    const openid = await library()
    const client = await this.#client(input.now)
    const journey = {
      state: openid.randomState(),
      nonce: openid.randomNonce(),
      verifier: openid.randomPKCECodeVerifier(),
    }
    const url = openid.buildAuthorizationUrl(client, {
      redirect_uri: input.redirectUri,
      scope: 'openid email profile',
      state: journey.state,
      nonce: journey.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(journey.verifier),
      code_challenge_method: 'S256',
      ...(input.fresh ? { prompt: 'login', max_age: String(freshFor) } : {}),
    })
    return { ...journey, url: url.href }
  }

  /**
   * Who came back. State, issuer, nonce, PKCE, the token's signature, audience and times are checked; `url` is the
   * address of the callback as it was called.
   * @throws Forbidden('oidc-declined') when the person said no, BadRequest('oidc-refused'), Unavailable('issuer-away')
   */
  async arrive(input: { url: URL; journey: Journey; fresh: boolean; now: Date }): Promise<Arrival> {
    const openid = await library()
    const client = await this.#client(input.now)
    try {
      const tokens = await openid.authorizationCodeGrant(client, input.url, {
        expectedState: input.journey.state,
        expectedNonce: input.journey.nonce,
        pkceCodeVerifier: input.journey.verifier,
        idTokenExpected: true,
        ...(input.fresh ? { maxAge: freshFor } : {}),
      })
      const claims = tokens.claims()
      if (!claims) throw new BadRequest('oidc-refused')
      const asks = claims['email'] === undefined && client.serverMetadata().userinfo_endpoint !== undefined
      const person = asks ? await openid.fetchUserInfo(client, tokens.access_token, claims.sub) : claims
      return arrivalOf(claims, person)
    } catch (error) {
      this.#note(error)
      throw refusalOf(error)
    }
  }

  async #client(now: Date): Promise<Configuration> {
    const isOld = this.#known && now.getTime() - this.#known.at.getTime() > descriptionLife
    if (!this.#known || isOld) this.#known = { client: this.#discover(), at: now }
    const known = this.#known
    try {
      return await known.client
    } catch (error) {
      // The next one asks again.
      if (this.#known === known) this.#known = null
      this.#note(error)
      throw new Unavailable('issuer-away')
    }
  }

  async #discover(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.settings
    const openid = await library()
    const address = new URL(issuer)
    // The setting takes http on this machine alone.
    const plain = address.protocol === 'http:' ? [openid.allowInsecureRequests] : []
    const [post, basic] = [openid.ClientSecretPost(clientSecret), openid.ClientSecretBasic(clientSecret)]
    const proveSite: ClientAuth = (server, client, body, headers) => {
      const takesPost = server.token_endpoint_auth_methods_supported?.includes('client_secret_post')
      return (takesPost ? post : basic)(server, client, body, headers)
    }
    return openid.discovery(address, clientId, undefined, proveSite, {
      timeout,
      execute: [openid.enableNonRepudiationChecks, ...plain],
    })
  }
}

/** E-mail and whether it was checked come from the same place: `person`, the token itself or what was asked for. */
function arrivalOf(token: IDToken, person: IDToken | UserInfoResponse): Arrival {
  const text = (name: string) => {
    const value = person[name]
    return typeof value === 'string' ? value.slice(0, 254) : ''
  }
  const email = text('email')
  const name = text('preferred_username') || text('nickname') || text('name')
  return {
    issuer: token.iss,
    subject: token.sub,
    label: email || name || token.sub.slice(0, 254),
    name,
    email: email && person['email_verified'] === true ? email : null,
  }
}

/** Errors of the issuer's answer as what the person is told; the log has the rest. */
function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (!(error instanceof Error)) return new Unavailable('issuer-away')
  const code = 'code' in error ? error.code : ''
  const said = 'error' in error ? error.error : ''
  if (code === 'OAUTH_AUTHORIZATION_RESPONSE_ERROR') {
    return said === 'access_denied' ? new Forbidden('oidc-declined') : new BadRequest('oidc-refused')
  }
  if (code === 'OAUTH_RESPONSE_BODY_ERROR' && said === 'invalid_grant') return new BadRequest('oidc-refused')
  return refused.has(String(code)) ? new BadRequest('oidc-refused') : new Unavailable('issuer-away')
}

/** Checks that failed, whoever is to blame: another state, nonce, issuer, audience, signature, time. */
const refused = new Set([
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
  'OAUTH_KEY_SELECTION_FAILED',
])
