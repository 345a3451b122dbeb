import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '#config/config.ts'
import type { JoinRules } from '#modules/accounts/joining.ts'
import { viewerOfAccessToken, viewerOfCookie } from '#modules/accounts/sessions.ts'
import { networkOf } from '#modules/accounts/sign-ins.ts'
import { isModerator, type Viewer } from '#modules/accounts/viewer.ts'
import type { ActLog } from '#modules/acts/act-log.ts'
import { looksLikeKey, viewerOfKey } from '#modules/keys/keys.ts'
import { findUnread } from '#modules/notifications/list.ts'
import type { Notifier } from '#modules/notifications/notifier.ts'
import type { ShownSite, SiteSettings } from '#modules/site/site.ts'
import type { WebhookList } from '#modules/webhooks/list.ts'
import { paths, safeNext } from '#paths.ts'
import { siteAddress } from '#platform/address.ts'
import type { Assets } from '#platform/assets.ts'
import type { Bus } from '#platform/bus.ts'
import type { Db } from '#platform/database.ts'
import { Refusal, refuse, Unauthenticated } from '#platform/errors.ts'
import type { FileTools } from '#platform/file-tools.ts'
import { checkForm } from '#platform/http/forms.ts'
import { ownAddress } from '#platform/http/page-cache.ts'
import type { Limits } from '#platform/limits/limits.ts'
import type { Metrics } from '#platform/metrics.ts'
import type { Once } from '#platform/once.ts'
import { controlErrors } from '#platform/text.ts'
import { acceptedLanguage, isLanguage, type Language, languages } from '#words/words.ts'
import { refusedForm } from './answers.ts'
import { type DocumentOptions, document } from './document.ts'
import type { FormState, Page } from './page.ts'

/** What every route needs; built once in app.ts. */
export type Deps = {
  db: Db
  config: Config
  assets: Assets
  site: SiteSettings
  /** Signs access tokens. */
  key: Uint8Array
  /** Seals secrets that the database keeps. */
  sealingKey: Uint8Array
  /** Tells push services who sends. */
  pushKey: Uint8Array
  limits: Limits
  /** Signatures that were used. */
  once: Once
  /** Tells every process of the site. */
  bus: Bus
  /** Which events somebody outside wants to hear of. */
  webhooks: WebhookList
  files: FileTools
  /** Views and other acts at posts, gathered in memory. */
  acts: ActLog
  metrics: Metrics
  clock: () => Date
  log: FastifyBaseLogger
  /** Open reports, for the moderators' bar; given by app.ts because moderation stands above ui. */
  countReports: (db: Db) => Promise<number>
  /** Tells members what concerns them, and rings their bells. */
  notifier: Notifier
}

const nobody = Promise.resolve(null)

/** The routes' common questions: who asks, in which language, and how a page is sent. */
export class Web {
  readonly deps: Deps
  readonly #viewers = new WeakMap<FastifyRequest, Promise<Viewer | null>>()
  constructor(deps: Deps) {
    this.deps = deps
  }

  /** The name of the browser's cookie; with the __Host- prefix wherever it is served by https. */
  get cookieName(): string {
    return this.secure ? '__Host-madang' : 'madang'
  }

  get secure(): boolean {
    return this.deps.config.baseUrl?.startsWith('https:') ?? false
  }

  now(): Date {
    return this.deps.clock()
  }

  /** Who asks: by bearer token, else by cookie; found once per request. @throws Unauthenticated for a token that is no good */
  viewer(request: FastifyRequest): Promise<Viewer | null> {
    if (!this.bringsCredentials(request)) return nobody
    const known = this.#viewers.get(request)
    if (known) return known
    const found = this.#findViewer(request)
    this.#viewers.set(request, found)
    return found
  }

  /** Whether there is anything to find a viewer by; spares guests the question. */
  bringsCredentials(request: FastifyRequest): boolean {
    const { authorization, cookie } = request.headers
    return (
      authorization !== undefined || (cookie !== undefined && request.cookies[this.cookieName] !== undefined)
    )
  }

  async #findViewer(request: FastifyRequest): Promise<Viewer | null> {
    const { db } = this.deps
    const { authorization } = request.headers
    if (authorization !== undefined) {
      const [, token] = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization) ?? []
      const viewer = token ? await this.viewerOfToken(token) : null
      if (!viewer) throw new Unauthenticated('bad-token')
      return viewer
    }
    const token = request.headers.cookie === undefined ? undefined : request.cookies[this.cookieName]
    return token ? viewerOfCookie(db, { token, network: networkOf(request.ip), now: this.now() }) : null
  }

  /** The member of an access token or an API key; null when it is no good. */
  viewerOfToken(token: string): Promise<Viewer | null> {
    const { db, key } = this.deps
    const now = this.now()
    return looksLikeKey(token)
      ? viewerOfKey(db, { key: token, now })
      : viewerOfAccessToken(db, { token, key, now })
  }

  /** What the site asks of those who sign up. */
  async joinRules(): Promise<JoinRules> {
    const { config, key, site } = this.deps
    const { signUp: mode, confirmEmail } = await site.current(this.now())
    const canSend = config.mail !== null
    return { mode, confirmEmail: confirmEmail ?? canSend, canSend, key }
  }

  /** The port that the server got, once it listens. */
  port: number | null = null

  /** The site's own address, the same for whoever asks: pages with it are kept for others. */
  get address(): string {
    const { config } = this.deps
    return siteAddress({ ...config, port: this.port ?? config.port })
  }

  /** The site's address for links: BASE_URL, else as this reader reached it. Never for mails to others. */
  origin(request: FastifyRequest): string {
    return this.deps.config.baseUrl ?? `${request.protocol}://${request.host}`
  }

  /** @throws Unauthenticated for guests */
  async member(request: FastifyRequest): Promise<Viewer> {
    const viewer = await this.viewer(request)
    if (!viewer) throw new Unauthenticated('not-signed-in')
    return viewer
  }

  /** `?lang=`, else the reader's choice, else Accept-Language, else the site's. */
  language(request: FastifyRequest, viewer: Viewer | null): Language {
    const { query, headers } = request
    const asked = typeof query === 'object' && query !== null && 'lang' in query ? query.lang : undefined
    if (isLanguage(asked)) return asked
    if (viewer?.language) return viewer.language
    const chosen = headers.cookie === undefined ? undefined : request.cookies['language']
    if (isLanguage(chosen)) return chosen
    return acceptedLanguage(headers['accept-language']) ?? this.deps.config.defaultLanguage
  }

  /** The zone whose clock somebody goes by. */
  timeZone(viewer: Viewer | null): string {
    return viewer?.timeZone ?? this.deps.config.timeZone
  }

  /** What of a guest's request, beside its address, a page depends on; null for all who are or may be members. */
  guestVariant(request: FastifyRequest): string | null {
    if (this.bringsCredentials(request)) return null
    // A step on the way in is somebody's own, too.
    if (request.headers.cookie !== undefined) {
      for (const name in request.cookies) if (name.startsWith(this.cookieName)) return null
    }
    return `${this.language(request, null)} ${this.#guestTheme(request)} `
  }

  #guestTheme(request: FastifyRequest): Page['theme'] {
    const chosen = request.headers.cookie === undefined ? undefined : request.cookies['theme']
    return chosen === 'light' || chosen === 'dark' ? chosen : 'system'
  }

  /** What the views know about reader and site. */
  async page(request: FastifyRequest): Promise<Page> {
    const viewer = await this.viewer(request)
    return this.pageFor(request, viewer)
  }

  /** The same for members; guests are sent to sign in, and come back. @throws Unauthenticated */
  async memberPage(request: FastifyRequest): Promise<Page & { viewer: Viewer }> {
    const viewer = await this.member(request)
    return { ...(await this.pageFor(request, viewer)), viewer }
  }

  async pageFor(request: FastifyRequest, viewer: Viewer | null): Promise<Page> {
    const { config, db, site } = this.deps
    const now = this.now()
    const language = this.language(request, viewer)
    const here = ownAddress(request) ?? request.url
    const news = viewer && (await findUnread(db, viewer))
    return {
      words: languages[language],
      language,
      viewer,
      theme: viewer?.theme ?? this.#guestTheme(request),
      site: { ...siteOf(await site.current(now)), safeMode: config.safeMode, origin: this.address },
      timeZone: this.timeZone(viewer),
      here: request.method === 'GET' ? here.slice(0, 500) : formOf(request),
      now,
      openReports: isModerator(viewer) ? await this.deps.countReports(db) : null,
      unread: news?.unread ?? null,
      freshChat: news?.chat ?? false,
    }
  }

  /** Sends a page; what belongs to one reader is never kept by a shared cache, and less where the route said so. */
  show(reply: FastifyReply, page: Page, options: DocumentOptions): FastifyReply {
    const { text } = document(page, this.deps.assets, options)
    // Whose page it is: the service worker keeps nothing of one member for another.
    if (page.viewer) reply.header('x-offline', options.offline ? `${page.viewer.id} keep` : page.viewer.id)
    reply.type('text/html; charset=utf-8').headers({
      'cache-control': reply.getHeader('cache-control') ?? 'private, no-cache',
      'content-language': page.language,
      vary: 'Cookie, Accept-Language',
    })
    // Of a text Node would make room for three times its length before it writes it.
    return reply.send(Buffer.from(text))
  }

  /** The page for when even the viewer could not be found: no database is asked. */
  barePage(request: FastifyRequest): Page {
    const language = this.language(request, null)
    const site = { name: this.deps.site.last.name }
    const words = languages[language]
    return {
      words,
      language,
      viewer: null,
      isAnyones: true,
      theme: 'system',
      site,
      timeZone: this.timeZone(null),
      here: '/',
      now: this.now(),
      openReports: null,
      unread: null,
      freshChat: false,
    }
  }

  /**
   * A form's POST: `work` does it and says where to go; when it is refused, the form is shown again with what was
   * typed and the words beside each field. Refusals without a field that only a page can answer (404) pass on.
   * What can be shown only now (a new secret) `work` gives as a page instead of an address; nobody keeps it, unless `work`
   * said otherwise.
   */
  async submit(
    form: {
      request: FastifyRequest
      reply: FastifyReply
      again: (page: Page, state: FormState, refusal: Refusal) => DocumentOptions | Promise<DocumentOptions>
    },
    work: (typed: Record<string, string>) => Promise<string | ((page: Page) => Promise<DocumentOptions>)>,
  ): Promise<FastifyReply> {
    const typed = typedIn(form.request)
    try {
      checkForm(form.request)
      refuse(controlErrors(typed))
      const done = await work(typed)
      if (typeof done === 'string') return form.reply.redirect(done, 303)
      const page = await this.page(form.request)
      if (!form.reply.hasHeader('cache-control')) form.reply.header('cache-control', 'no-store')
      return this.show(form.reply, page, await done(page))
    } catch (error) {
      if (!(error instanceof Refusal) || error.status === 404) throw error
      const page = await this.page(form.request)
      const options = await form.again(page, refusedForm(page, error, typed), error)
      return this.show(form.reply.code(error.status), page, options)
    }
  }
}

/** The page that a form was sent from: there a refused one leads back to. */
function formOf({ headers, host }: FastifyRequest): string {
  const from = URL.parse(headers.referer ?? '')
  // Parsed alike: a port that goes without saying is left out.
  const isOurs = from && from.host === URL.parse(`${from.protocol}//${host}`)?.host
  return isOurs ? safeNext((from.pathname + from.search).slice(0, 500)) : paths.home()
}

const siteOf = ({ name, description, logo, texts, searchable, signUp }: ShownSite) => ({
  name,
  description,
  logo,
  texts,
  searchable,
  joinable: signUp === 'open' || signUp === 'approval',
})

/** The fields that a form has, as text; a field sent twice counts once, the first time. */
export function typedIn(request: FastifyRequest): Record<string, string> {
  const typed: Record<string, string> = {}
  const { body, routeOptions } = request
  if (typeof body !== 'object' || body === null) return typed
  const known = routeOptions.config.form?.fields
  for (const [name, value] of Object.entries(body)) {
    if (known && !known.has(name)) continue
    const first: unknown = Array.isArray(value) ? value[0] : value
    if (typeof first === 'string') typed[name] = first
  }
  return typed
}

/** A number typed into a hidden field, or null. */
export function typedId(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null
}
