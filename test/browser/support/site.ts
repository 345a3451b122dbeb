import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, inject, vi } from 'vitest'
import { openSession } from '#modules/accounts/sessions.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { languages, type Words } from '#words/words.ts'
import { launchChromium } from './chromium.ts'
import { isPhone, type Look } from './looks.ts'

/** A description of browser tests; skipped where there is no Chromium. */
export const describeInBrowser = describe.skipIf(inject('chromium') === null)

/** Somebody with a browser of their own: cookies, storage, screen. */
export type Visitor = {
  context: BrowserContext
  page: Page
  /** The texts of the visitor's language. */
  t: Words
  /** Everything that was asked for, in order. */
  requests: { url: string; type: string }[]
  go: (path: string) => Promise<void>
}

type Visit = Look & {
  as?: Actor
  script?: boolean
  /** Physical pixels for each pixel of the page. */
  scale?: number
  /** Lets foreign code in, for checking tools. */
  withoutCsp?: boolean
}

export type Site = {
  app: TestApp
  address: string
  visit: (visit: Visit) => Promise<Visitor>
}

/** Longest wait for something to appear, in milliseconds. */
const patience = 15_000

/**
 * One real server on a free port, with a database of its own, and one Chromium for a test file. After each test all its
 * visitors leave, and nothing may have gone wrong meanwhile: no error in a console, no refused or foreign request.
 * `host`: the name by which browsers reach it, where an address is not enough.
 */
export function useSite(
  prepare: (app: TestApp) => Promise<void> = async () => {},
  options: { host?: string } = {},
): Site {
  vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000, expect: { poll: { timeout: patience } } })
  const stack = new AsyncDisposableStack()
  const open: { app?: TestApp; browser?: Browser; address: string } = { address: '' }
  const visitors: BrowserContext[] = []
  const problems: string[] = []

  beforeAll(async () => {
    const app = stack.use(await makeTestApp())
    app.clock.now = new Date()
    open.app = app
    await prepare(app)
    await app.app.listen({ host: '127.0.0.1', port: 0 })
    const address = app.app.server.address()
    if (!isTcp(address)) throw new Error('the server has no port')
    open.address = `http://${options.host ?? '127.0.0.1'}:${address.port}`
    open.browser = await launchChromium()
  })
  afterEach(async () => {
    await Promise.all(visitors.splice(0).map((context) => context.close()))
    expect(problems.splice(0)).toEqual([])
  })
  afterAll(async () => {
    await open.browser?.close()
    await stack.disposeAsync()
  })

  return {
    get app() {
      if (!open.app) throw new Error('the site is not open yet')
      return open.app
    },
    get address() {
      return open.address
    },
    async visit(visit) {
      if (!open.browser) throw new Error('the browser is not open yet')
      const context = await open.browser.newContext(optionsOf(visit, open.address))
      visitors.push(context)
      context.setDefaultTimeout(patience)
      const requests = watch(context, { address: open.address, problems })
      if (visit.as) await signIn(context, this, visit.as)
      const page = await context.newPage()
      const t = languages[visit.language]
      return { context, page, t, requests, go: async (path) => void (await page.goto(path)) }
    },
  }
}

function isTcp(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null
}

function optionsOf(visit: Visit, baseURL: string) {
  return {
    baseURL,
    locale: visit.language === 'ko' ? 'ko-KR' : 'en-GB',
    viewport: { width: visit.width, height: visit.height },
    deviceScaleFactor: visit.scale ?? 1,
    isMobile: isPhone(visit),
    hasTouch: isPhone(visit),
    reducedMotion: 'reduce' as const,
    colorScheme: visit.dark ? ('dark' as const) : ('light' as const),
    javaScriptEnabled: visit.script ?? true,
    bypassCSP: visit.withoutCsp ?? false,
  }
}

/** Gathers what must never happen on any page. */
function watch(context: BrowserContext, { address, problems }: { address: string; problems: string[] }) {
  const requests: Visitor['requests'] = []
  context.on('console', (message) => {
    // A failed load is judged by its answer, below.
    const isLoad = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isLoad) problems.push(`console: ${message.text()}`)
  })
  context.on('weberror', (error) => problems.push(`script: ${error.error().message}`))
  context.on('request', (request) => {
    const url = request.url()
    requests.push({ url, type: request.resourceType() })
    const isOwn = url.startsWith(`${address}/`) || url.startsWith('data:')
    if (!isOwn) problems.push(`foreign request: ${url}`)
  })
  context.on('response', (response) => {
    // Pages and the API may refuse, also where a service worker asks for them; whatever belongs to a page must be there.
    const request = response.request()
    const type = request.resourceType()
    const mayRefuse = type === 'document' || type === 'fetch' || request.serviceWorker() !== null
    if (response.status() >= (mayRefuse ? 500 : 400)) problems.push(`${response.status()} ${response.url()}`)
  })
  return requests
}

/** The cookie that signing in gives, without the cost of hashing a password. */
async function signIn(context: BrowserContext, { app, address }: Site, member: Actor): Promise<void> {
  const now = app.clock.now
  const session = await openSession(app.db, { memberId: member.id, kind: 'browser', agent: 'test', now })
  await context.addCookies([{ name: 'madang', value: session.token, url: address, httpOnly: true }])
}
