/**
 * Shows a member what they read before while there is no network. What is kept belongs to one member: it goes when they
 * sign out or another one comes. While the server answers, everything comes from the server.
 *
 * Runs by itself, as a script that imports nothing; `src/modules/machines/offline-pages.ts` puts `build` before it.
 */
declare const build: {
  /** Addresses of what pages load: the stylesheet and the modules. */
  files: readonly string[]
  /** By language: the page for what was never read, and the line above what was. */
  pages: Record<string, string>
  /** Where in it the posts stand that were read. */
  list: string
  notes: Record<string, string>
}

type Worker = EventTarget & {
  skipWaiting: () => Promise<void>
  clients: { claim: () => Promise<void> }
  registration: { navigationPreload?: { enable: () => Promise<void> } }
}
type Extendable = Event & {
  waitUntil: (work: Promise<unknown>) => void
  /** At the installation, in browsers that know it. */
  addRoutes?: (route: { condition: object; source: 'network' }) => Promise<void>
}
type Fetching = Extendable & {
  request: Request
  preloadResponse?: Promise<Response | undefined>
  respondWith: (answer: Promise<Response>) => void
}

declare const self: Worker & typeof globalThis

/** The answer's header that says whose page it is, and whether it may be kept: `12` or `12 keep`. */
const header = 'x-offline'
const shell = 'shell-1'
const files = 'files-1'
/** Pages and pictures that the member read. */
const read = 'read-1'
const ownerKey = '/-/owner'
const most = { [read]: 120, [files]: 200 }

/** One member's pages by address alone: cookies and languages make no other page here. */
const sameAddress = { ignoreVary: true }

const isExtendable = (event: Event): event is Extendable => 'waitUntil' in event
const isFetching = (event: Event): event is Fetching => 'respondWith' in event

self.addEventListener('install', (event) => {
  if (!isExtendable(event)) return
  event.waitUntil(install())
  event.waitUntil(pastMe(event))
})
self.addEventListener('activate', (event) => {
  if (isExtendable(event)) event.waitUntil(activate())
})
self.addEventListener('fetch', (event) => {
  if (isFetching(event)) answer(event)
})

async function install(): Promise<void> {
  const pages = await caches.open(shell)
  // Past the browser's own store: this is a new version.
  const anew = { cache: 'reload', credentials: 'omit' } as const
  await pages.addAll(Object.values(build.pages).map((path) => new Request(path, anew)))
  // What older kept pages load stays beside it.
  await (await caches.open(files)).addAll([...build.files])
  await self.skipWaiting()
}

/** What a page sends while it is left (a draft) gets lost on its way through a worker that has to be started first. */
async function pastMe(event: Extendable): Promise<void> {
  await event.addRoutes?.({ condition: { urlPattern: '/api/*' }, source: 'network' })
}

async function activate(): Promise<void> {
  const names = await caches.keys()
  const old = names.filter((name) => name !== shell && name !== files && name !== read)
  await Promise.all(old.map((name) => caches.delete(name)))
  // The request goes out while this worker is still being started.
  await self.registration.navigationPreload?.enable()
  await self.clients.claim()
}

function answer(event: Fetching): void {
  const { request } = event
  const url = new URL(request.url)
  if (url.origin !== location.origin) return
  if (request.mode === 'navigate') event.respondWith(page(event, url))
  else if (request.method !== 'GET') return
  else if (url.pathname.startsWith('/assets/')) event.respondWith(asset(event))
  else if (url.pathname.startsWith('/files/') && request.destination === 'image')
    event.respondWith(picture(event))
}

/** Its address changes with its content: once there, it is right for ever. */
async function asset(event: Fetching): Promise<Response> {
  const { request } = event
  const kept = await caches.match(request, sameAddress)
  if (kept) return kept
  const response = await fetch(request)
  if (response.ok) event.waitUntil(keep(files, request, response.clone()))
  return response
}

async function picture(event: Fetching): Promise<Response> {
  const { request } = event
  try {
    const response = await fetch(request)
    if (response.ok && (await ownerOf()) !== '') event.waitUntil(keep(read, request, response.clone()))
    return response
  } catch (error) {
    const kept = await caches.match(request, { ...sameAddress, cacheName: read })
    if (kept) return kept
    throw error
  }
}

async function page(event: Fetching, url: URL): Promise<Response> {
  const { request } = event
  // Whether or not the server hears of it, nothing stays for the next person.
  if (request.method === 'POST' && url.pathname === '/sign-out') event.waitUntil(forget())
  try {
    const response = (await event.preloadResponse) ?? (await fetch(request))
    event.waitUntil(note(request, response.clone()))
    return response
  } catch {
    return offline(request, url)
  }
}

/** Keeps what may be kept, for the member whose page it is; throws away what is another one's or not there any more. */
async function note(request: Request, response: Response): Promise<void> {
  // A redirect says nothing of whom it was for: its target does.
  if (response.type !== 'basic' || request.method !== 'GET') return
  const [owner = '', mayKeep] = (response.headers.get(header) ?? '').split(' ')
  if (!response.headers.get('content-type')?.startsWith('text/html')) return
  if (owner !== (await ownerOf())) {
    await forget()
    if (owner !== '') await own(owner)
  }
  if (owner === '') return
  if (response.ok && mayKeep) return keep(read, request, response)
  if (response.status === 404 || response.status === 410)
    await (await caches.open(read)).delete(request, sameAddress)
}

async function ownerOf(): Promise<string> {
  const kept = await caches.match(ownerKey, { ...sameAddress, cacheName: read })
  return kept ? kept.text() : ''
}

async function own(owner: string): Promise<void> {
  await (await caches.open(read)).put(ownerKey, new Response(owner))
}

async function forget(): Promise<void> {
  await caches.delete(read)
}

async function keep(name: typeof read | typeof files, request: Request, response: Response): Promise<void> {
  const cache = await caches.open(name)
  // Again at the end of the line.
  await cache.delete(request, sameAddress)
  await cache.put(request, response)
  const kept = (await cache.keys()).filter((one) => new URL(one.url).pathname !== ownerKey)
  const tooMany = kept.slice(0, Math.max(0, kept.length - most[name]))
  await Promise.all(tooMany.map((one) => cache.delete(one, sameAddress)))
}

/** What was read before, said to be so; else what to do now. */
async function offline(request: Request, url: URL): Promise<Response> {
  const kept =
    request.method === 'GET' &&
    ((await caches.match(request.url, { ...sameAddress, cacheName: read })) ??
      (await caches.match(url.pathname, { ...sameAddress, cacheName: read, ignoreSearch: true })))
  if (kept) return withNote(kept)
  const language = await languageOf()
  const fallback = await caches.match(build.pages[language] ?? '', { ...sameAddress, cacheName: shell })
  return fallback ? withPosts(fallback) : Response.error()
}

const mostListed = 30

/** The posts that were read last, by their titles. Addresses and titles come escaped from the pages themselves. */
async function withPosts(fallback: Response): Promise<Response> {
  const requests = await (await caches.open(read)).keys()
  const posts = requests.filter((request) => /^\/p\/\d+\/[^/]+$/.test(new URL(request.url).pathname))
  const items = await Promise.all(posts.slice(-mostListed).reverse().map(item))
  const text = (await fallback.text()).replace(build.list, () => `<ul class="plain">${items.join('')}</ul>`)
  return new Response(text, { headers: unpacked(fallback) })
}

async function item(request: Request): Promise<string> {
  const kept = await caches.match(request, { ...sameAddress, cacheName: read })
  const title = /<h1[^>]*>(.*?)<\/h1>/s.exec((await kept?.text()) ?? '')?.[1]
  const { pathname } = new URL(request.url)
  return title ? `<li><a href="${pathname.replaceAll('&', '&amp;')}">${title}</a></li>` : ''
}

/** The headers of an answer whose text was read. */
function unpacked(answer: Response): Headers {
  const headers = new Headers(answer.headers)
  for (const name of ['content-encoding', 'content-length']) headers.delete(name)
  return headers
}

async function withNote(kept: Response): Promise<Response> {
  const text = await kept.text()
  const language = /<html lang="(\w+)"/.exec(text)?.[1] ?? ''
  const noted = text.replace('<body>', `<body>\n${build.notes[language] ?? ''}`)
  return new Response(noted, { headers: unpacked(kept) })
}

/** That of what the member read last, else the browser's. */
async function languageOf(): Promise<string> {
  const requests = await (await caches.open(read)).keys()
  for (const request of requests.toReversed()) {
    const kept = await caches.match(request, { ...sameAddress, cacheName: read })
    const language = kept?.headers.get('content-language')
    if (language && language in build.pages) return language
  }
  const own = navigator.languages.map((one) => one.slice(0, 2)).find((one) => one in build.pages)
  return own ?? Object.keys(build.pages)[0] ?? ''
}
