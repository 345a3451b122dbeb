import { slugOf } from '#platform/text.ts'

/** Every address of the site is built here. */
const plain = /^[\w.-]*$/
/** A page has a hundred addresses: asking whether there is anything to encode is quicker than encoding. */
const segment = (text: string) => (plain.test(text) ? text : encodeURIComponent(text))

function query(values: Record<string, string | number | null | undefined>): string {
  let text = ''
  for (const name in values) {
    const value = values[name]
    if (value === null || value === undefined || value === '') continue
    text += `${text ? '&' : '?'}${segment(name)}=${segment(String(value))}`
  }
  return text
}

/** Words that stand for a part of a post's address; a title that is one of them gets a hyphen. */
const postParts = new Set([
  'history',
  'history.csv',
  'stats',
  'share',
  'follow',
  'edit',
  'reply',
  'comments',
  'vote',
  'bookmark',
  'accepted',
  'report',
  'pin',
  'unpin',
  'lock',
  'unlock',
  'move',
  'delete',
  'restore',
])

/** The title asked for last: a post's page names its own address a dozen times. */
let last = { title: '', slug: '' }

/** The last part of a post's address, not encoded. */
export function titleSlug(title: string): string {
  if (last.title === title && last.slug) return last.slug
  const slug = slugOf(title)
  last = { title, slug: postParts.has(slug) ? `${slug}-` : slug }
  return last.slug
}

type ListQuery = { sort?: string | null; period?: string | null; after?: string | null }
/** `again`: the comment, or `post` itself, that a form was sent for once more. */
type ThreadQuery = {
  after?: string | null
  order?: string | null
  from?: string | null
  again?: string | null
}
type PostName = { id: number; title: string }
type Thing = { kind: 'post' | 'comment'; id: number }
const thing = ({ kind, id }: Thing) => `/${kind === 'post' ? 'p' : 'c'}/${id}`

/** What a feed is of. */
export type FeedPlace = { board: string } | { tag: string } | { member: string }

function feedOf(of: FeedPlace | null): string {
  if (of === null) return ''
  if ('board' in of) return `/b/${segment(of.board)}`
  return 'tag' in of ? `/t/${segment(of.tag)}` : `/m/${segment(of.member)}`
}

export const paths = {
  /** `done`: what was just done, said above the list once. */
  home: (list: ListQuery & { done?: 'joined' | 'left' } = {}) => `/${query(list)}`,
  boards: () => '/boards',
  board: (slug: string, list: ListQuery & { done?: 'joined' } = {}) => `/b/${segment(slug)}${query(list)}`,
  tag: (name: string, list: ListQuery = {}) => `/t/${segment(name)}${query(list)}`,
  post: (post: PostName, list: ThreadQuery = {}) =>
    `/p/${post.id}/${segment(titleSlug(post.title))}${query(list)}`,
  /** Leads to the full address. */
  postShort: (id: number) => `/p/${id}`,
  postPart: (id: number, part: string) => `/p/${id}/${part}`,
  /** What can be done with a post or a comment alike. */
  part: (of: Thing, name: string) => `${thing(of)}/${name}`,
  history: (of: Thing, versions: { from?: number; to?: number } = {}) =>
    `${thing(of)}/history${query(versions)}`,
  version: (of: Thing, version: number) => `${thing(of)}/history/${version}`,
  trending: (list: { what?: string | null; window?: string | null } = {}) => `/trending${query(list)}`,
  /** As it is passed on: who comes by it came from outside. */
  postShared: (id: number) => `/p/${id}?ref=share`,
  comment: (id: number, { again }: { again?: boolean } = {}) =>
    `/c/${id}${query({ again: again ? 1 : null })}`,
  commentPart: (id: number, part: string) => `/c/${id}/${part}`,
  member: (name: string, after?: string | null) => `/m/${segment(name)}${query({ after })}`,
  memberComments: (name: string, after?: string | null) => `/m/${segment(name)}/comments${query({ after })}`,
  memberDeleted: (name: string, after?: string | null) => `/m/${segment(name)}/deleted${query({ after })}`,
  write: (board?: string, draft?: number) => `/write${query({ board, draft })}`,
  drafts: () => '/drafts',
  draft: (id: number) => `/drafts/${id}`,
  draftPart: (id: number, part: string) => `/drafts/${id}/${part}`,
  bookmarks: (after?: string | null) => `/bookmarks${query({ after })}`,
  signIn: (next?: string) => `/sign-in${query({ next })}`,
  signUp: (next?: string) => `/sign-up${query({ next })}`,
  signOut: () => '/sign-out',
  claim: (token: string) => `/claim/${segment(token)}`,
  confirm: (token: string) => `/confirm/${segment(token)}`,
  join: (token: string) => `/join/${segment(token)}`,
  confirmDone: (next?: string) => `/confirm/done${query({ next })}`,
  forgot: () => '/forgot',
  forgotDone: () => '/forgot/done',
  signInCode: (token?: string) => (token === undefined ? '/sign-in/code' : `/sign-in/code/${segment(token)}`),
  invitations: (id?: number, part?: string) =>
    `/invitations${id === undefined ? '' : `/${id}/${part ?? ''}`}`,
  invitationRevoked: () => '/invitations?done=revoked',
  security: (done?: string) => `/settings/security${query({ done })}`,
  securityPart: (part: string) => `/settings/security/${part}`,
  prove: (next?: string) => `/settings/security/prove${query({ next })}`,
  passkey: (id: number, part?: 'remove') => `/settings/security/passkeys/${id}${part ? `/${part}` : ''}`,
  signInSecond: () => '/sign-in/second',
  signInPasskey: () => '/sign-in/passkey',
  signInIssuer: (given: { next?: string; to?: 'link' | 'prove'; ticket?: string } = {}) =>
    `/sign-in/oidc${query(given)}`,
  issuerCallback: () => '/sign-in/oidc/callback',
  signUpIssuer: () => '/sign-up/oidc',
  waitingMembers: (done?: string) => `/mod/sign-ups${query({ done })}`,
  waitingMember: (id: number) => `/mod/sign-ups/${id}`,
  adminLink: (id: number) => `/admin/links/${id}`,
  settings: () => '/settings',
  settingsPart: (part: string, saved?: number) => `/settings/${part}${query({ saved })}`,
  people: () => '/settings/people',
  exportAll: () => '/settings/export',
  keepAway: (id: number) => `/m/${id}/keep-away`,
  setup: (token?: string) => `/setup${query({ token })}`,
  preferences: () => '/preferences',
  notifications: (list: { show?: string | null; after?: string | null } = {}) =>
    `/notifications${query(list)}`,
  notification: (id: number) => `/notifications/${id}`,
  pushDevice: (id: number) => `/settings/notifications/devices/${id}`,
  unsubscribe: (token: string) => `/unsubscribe/${segment(token)}`,
  follows: (before?: number) => `/settings/follows${query({ before })}`,
  followBoard: (slug: string) => `/b/${segment(slug)}/follow`,
  followTag: (name: string) => `/t/${segment(name)}/follow`,
  followMember: (id: number) => `/m/${id}/follow`,
  notificationsRead: () => '/notifications/read',
  queue: (list: { show?: string | null; after?: string | null; resolved?: number } = {}) =>
    `/mod${query(list)}`,
  report: (id: number) => `/mod/reports/${id}`,
  reported: (target: Thing) => `${thing(target)}/report?sent=1`,
  leftMembers: () => '/mod/left',
  leftMember: (id: number) => `/mod/left/${id}`,
  moderatedMember: (id: number, part?: string, done?: string) =>
    `/mod/members/${id}${part ? `/${part}` : ''}${query({ done })}`,
  moderationLog: (after?: string | null) => `/mod/log${query({ after })}`,
  admin: (saved?: number) => `/admin${query({ saved })}`,
  checklist: () => '/admin/checklist',
  adminPart: (part: string, saved?: number) => `/admin/${part}${query({ saved })}`,
  adminMembers: (list: { q?: string | null; before?: number | null } = {}) => `/admin/members${query(list)}`,
  adminMember: (id: number, part?: string, done?: string) =>
    `/admin/members/${id}${part ? `/${part}` : ''}${query({ done })}`,
  adminBoard: (slug?: string, part?: string) =>
    slug === undefined ? '/admin/new-board' : `/admin/boards/${segment(slug)}${part ? `/${part}` : ''}`,
  adminBoards: (done: string) => `/admin/boards${query({ done })}`,
  /** A stored picture in its largest size, or in the one nearest to `size`. */
  file: (name: string, size?: number) =>
    `/files/${segment(name)}${size === undefined ? '' : `-${size}`}.webp`,
  /** What the site tells everybody before they sign up. */
  siteText: (name: 'rules' | 'terms' | 'privacy' | 'contact') => `/${name}`,
  adminText: (name: string, at: { start?: 1 } = {}) => `/admin/texts/${name}${query(at)}`,
  upload: (name?: string) => `/upload${query({ name })}`,
  keys: (revoked?: number) => `/settings/keys${query({ revoked })}`,
  revokeKey: (id: number) => `/settings/keys/${id}/revoke`,
  clients: (done?: string) => `/admin/clients${query({ done })}`,
  clientPart: (id: string, part?: string) => `/admin/clients/${id}${part ? `/${part}` : ''}`,
  webhooks: (done?: string) => `/admin/webhooks${query({ done })}`,
  webhook: (id: string, part?: string, done?: string) =>
    `/admin/webhooks/${id}${part ? `/${part}` : ''}${query({ done })}`,
  chat: (after?: string | null) => `/chat${query({ after })}`,
  /** `about`: the post that one wants to talk about. */
  room: (id: number, at: { before?: number | null; reply?: number | null; about?: number | null } = {}) =>
    `/chat/${id}${query(at)}`,
  roomPart: (id: number, part: string, at: { q?: string; before?: number | null } = {}) =>
    `/chat/${id}/${part}${query(at)}`,
  roomMember: (id: number, memberId: number) => `/chat/${id}/members/${memberId}/remove`,
  message: (room: number, number: number, part?: string) =>
    `/chat/${room}/messages/${number}${part ? `/${part}` : ''}`,
  chatWith: (memberId: number) => `/m/${memberId}/chat`,
  reportedMessages: () => '/mod/messages',
  reportedMessage: (id: number) => `/mod/messages/${id}`,
  apiDocs: () => '/api/docs',
  /** Where one searches; a browser's own search field puts `?q=` behind it. */
  searchPage: (
    given: {
      q?: string
      board?: string
      author?: string
      tag?: string
      sort?: string | null
      after?: string | null
    } = {},
  ) => `/search${query(given)}`,
  /** Without a place: of everything that everybody may read. */
  feed: (ending: 'xml' | 'atom' | 'json', of: FeedPlace | null = null) => `${feedOf(of)}/feed.${ending}`,
  sitemap: (part?: string) => (part === undefined ? '/sitemap.xml' : `/sitemaps/${part}.xml`),
  manifest: (language: string) => `/manifest.webmanifest${query({ lang: language })}`,
  /** oEmbed's answer about one of our addresses, given in full. */
  embed: (url: string) => `/oembed${query({ url })}`,
  picture: (name: string) => `/pictures/${segment(name)}.png`,
  offline: (language?: string) => `/offline${query({ lang: language })}`,
  serviceWorker: () => '/service-worker.js',
}

/** Where the API has what it made. */
export const apiPaths = {
  board: (slug: string) => `/api/v1/boards/${segment(slug)}`,
  post: (id: number) => `/api/v1/posts/${id}`,
  comment: (id: number) => `/api/v1/comments/${id}`,
  member: (name: string) => `/api/v1/members/${segment(name)}`,
  draft: (id: number) => `/api/v1/drafts/${id}`,
  room: (id: number) => `/api/v1/chat/rooms/${id}`,
  webhook: (id: string) => `/api/v1/admin/webhooks/${id}`,
}

/** Keeps a `next` address on this site: a path that starts with one slash, made fit for a header, else the home page. */
export function safeNext(next: unknown): string {
  if (typeof next !== 'string' || next.length > 500 || !/^\/(?![/\\])[^\\\s\p{C}]*$/u.test(next)) return '/'
  const { pathname, search, hash } = new URL(next, 'http://site.invalid')
  // "/.//host" becomes "//host", which a browser takes for another site.
  return pathname.startsWith('//') ? '/' : pathname + search + hash
}
