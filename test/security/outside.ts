import type { Answer, TestApp } from '#test/support/app.ts'

/** What differs between any two answers: ids of requests, and the bodies' packing. */
export function masked(answer: Answer): string {
  const { 'content-length': _, date: __, ...headers } = answer.headers
  const text = `${answer.statusCode}\n${JSON.stringify(headers)}\n${withoutViews(answer.body)}`
  return text.replace(/[\w-]{8}\d{0,2}[a-z0-9]{4}(?=("|<))/g, (found) => (isRequestId(found) ? 'ID' : found))
}

/** How often something was looked at is written a moment later. */
export const withoutViews = (text: string) => text.replace(/\d+ views?\b|"views":\d+/g, 'VIEWS')

/** As `platform/http/server.ts` makes them: eight signs, then a count of four. */
const isRequestId = (text: string) => /^[\w-]{8}0[0-9a-z]{3}$/.test(text)

/** Everything that an outsider can ask for, with ids of things that may or may not be there. */
export function outsideAddresses(ids: { open: Ids; hidden: Ids }): string[] {
  const api = ['posts', 'news?since=2020-01-01T00:00:00Z', 'boards', 'members/writer', 'members/reader']
  const sorts = ['latest', 'hot', 'top', 'active'].flatMap((sort) => [
    `posts?sort=${sort}`,
    `posts?sort=${sort}&limit=1`,
  ])
  const ofBoards = ['yard', 'cellar', 'attic'].flatMap((slug) => [
    `boards/${slug}/posts`,
    `boards/${slug}/posts?sort=hot`,
    `boards/${slug}/news?since=2020-01-01T00:00:00Z`,
  ])
  const ofPosts = [ids.open, ids.hidden].flatMap(({ post, comment }) => [
    `posts/${post}`,
    `posts/${post}/comments`,
    `posts/${post}/versions`,
    `posts/${post}/versions/1`,
    `posts/${post}/versions.csv`,
    `comments/${comment}/versions`,
    `comments/${comment}/versions/1`,
    `comments/${comment}/versions.csv`,
  ])
  const pages = [ids.open, ids.hidden].flatMap(({ post, comment, file }) => [
    ...[
      '',
      '/history',
      '/history/1',
      '/history.csv',
      '/a-walk',
      '/edit',
      '/reply',
      '/report',
      '/delete',
      '/move',
    ].map((part) => `/p/${post}${part}`),
    ...['', '/history', '/history/1', '/edit', '/reply', '/report'].map((part) => `/c/${comment}${part}`),
    `/files/${file}.webp`,
    `/files/${file}-320.webp`,
  ])
  const lists = [
    '/',
    '/?sort=hot',
    '/?sort=top',
    '/?sort=active',
    '/boards',
    '/m/writer',
    '/m/writer/comments',
    '/m/reader',
    '/m/reader/comments',
  ]
  const places = [
    '/b/yard',
    '/b/cellar',
    '/b/attic',
    '/t/walk',
    '/t/secret',
    '/write?board=cellar',
    '/drafts',
    '/bookmarks',
  ]
  const sought = [
    'gold',
    'Buried',
    'oak',
    'secret',
    'whispered',
    'cellar',
    'Cellar',
    'hidden',
    'walk',
    'boied gold',
    'wa',
  ]
  const searches = sought.flatMap((word) => [
    `/search?q=${encodeURIComponent(word)}`,
    `/api/v1/search?q=${encodeURIComponent(word)}`,
    `/api/v1/search?q=${encodeURIComponent(word)}&sort=latest&limit=1`,
    `/api/v1/search/suggestions?q=${encodeURIComponent(word)}`,
    `/api/v1/search/similar?title=${encodeURIComponent(word)}`,
    `/api/v1/tags?prefix=${encodeURIComponent(word)}`,
  ])
  const filtered = [
    'board=cellar',
    'board=attic',
    'board=yard',
    'tag=secret',
    'tag=walk',
    'author=writer',
  ].flatMap((filter) => [`/search?${filter}`, `/api/v1/search?${filter}`, `/api/v1/search?q=gold&${filter}`])
  const machines = [
    '',
    '/b/yard',
    '/b/cellar',
    '/b/attic',
    '/t/walk',
    '/t/secret',
    '/t/hidden-tag',
    '/m/writer',
    '/m/reader',
  ]
    .flatMap((place) => ['xml', 'atom', 'json'].map((kind) => `${place}/feed.${kind}`))
    .concat([
      '/sitemap.xml',
      '/sitemaps/pages.xml',
      '/sitemaps/posts-0.xml',
      '/sitemaps/members-0.xml',
      '/manifest.webmanifest',
    ])
    .concat(
      [ids.open, ids.hidden].map(
        ({ post }) => `/oembed?url=${encodeURIComponent(`http://127.0.0.1:3000/p/${post}`)}`,
      ),
    )
  const ranked = ['posts', 'tags', 'words'].flatMap((what) =>
    ['hour', 'day', 'week'].flatMap((window) => [
      `/trending?what=${what}&window=${window}`,
      `/api/v1/trending?what=${what}&window=${window}`,
    ]),
  )
  const told = [
    '/notifications',
    '/settings/follows',
    '/chat',
    '/api/v1/notifications',
    '/api/v1/chat/rooms',
    '/api/v1/me/follows',
  ]
  const rest = [
    ...searches,
    ...filtered,
    ...machines,
    ...ranked,
    ...told,
    '/api/openapi.json',
    '/mod',
    '/mod/log',
    '/admin',
    '/robots.txt',
    '/sitemap.xml',
    '/feed.xml',
    '/nowhere',
  ]
  const below = [
    ...api,
    ...sorts,
    ...ofBoards,
    ...ofPosts,
    'me',
    'me/bookmarks',
    'members?prefix=w',
    'drafts',
    'moderation/reports',
    'moderation/log',
    'admin/members',
  ]
  return [...lists, ...places, ...pages, ...rest, ...below.map((path) => `/api/v1/${path}`)]
}
export type Ids = { post: number; comment: number; file: string }

/** What every address answers to the guest or, with a cookie and a token, to a member. */
export async function askAll(
  site: TestApp,
  addresses: readonly string[],
  headers: Record<string, string> = {},
): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const url of addresses) found.set(url, masked(await site.app.inject({ url, headers })))
  return found
}
