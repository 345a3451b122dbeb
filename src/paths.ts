import { slugOf } from '#platform/text.ts'

/** Every address of the site is built here. */
const segment = encodeURIComponent

function query(values: Record<string, string | number | null | undefined>): string {
  const pairs = Object.entries(values).filter(
    ([, value]) => value !== null && value !== undefined && value !== '',
  )
  if (pairs.length === 0) return ''
  return `?${pairs.map(([name, value]) => `${name}=${segment(String(value))}`).join('&')}`
}

type ListQuery = { sort?: string | null; period?: string | null; after?: string | null }
type PostName = { id: number; title: string }

export const paths = {
  home: (list: ListQuery = {}) => `/${query(list)}`,
  boards: () => '/boards',
  board: (slug: string, list: ListQuery = {}) => `/b/${segment(slug)}${query(list)}`,
  tag: (name: string, list: ListQuery = {}) => `/t/${segment(name)}${query(list)}`,
  post: (post: PostName, list: { after?: string | null; order?: string | null } = {}) =>
    `/p/${post.id}/${segment(slugOf(post.title))}${query(list)}`,
  postPart: (id: number, part: string) => `/p/${id}/${part}`,
  postHistory: (id: number, versions: { from?: number; to?: number } = {}) => `/p/${id}/history${query(versions)}`,
  postVersion: (id: number, version: number) => `/p/${id}/history/${version}`,
  comment: (id: number) => `/c/${id}`,
  commentPart: (id: number, part: string) => `/c/${id}/${part}`,
  commentHistory: (id: number, versions: { from?: number; to?: number } = {}) => `/c/${id}/history${query(versions)}`,
  commentVersion: (id: number, version: number) => `/c/${id}/history/${version}`,
  member: (name: string, after?: string | null) => `/m/${segment(name)}${query({ after })}`,
  memberComments: (name: string, after?: string | null) => `/m/${segment(name)}/comments${query({ after })}`,
  write: (board?: string, draft?: number) => `/write${query({ board, draft })}`,
  drafts: () => '/drafts',
  draft: (id: number) => `/drafts/${id}`,
  draftPart: (id: number, part: string) => `/drafts/${id}/${part}`,
  bookmarks: (after?: string | null) => `/bookmarks${query({ after })}`,
  signIn: (next?: string) => `/sign-in${query({ next })}`,
  signUp: (next?: string) => `/sign-up${query({ next })}`,
  signOut: () => '/sign-out',
  claim: (token: string) => `/claim/${segment(token)}`,
  settings: () => '/settings',
  settingsPart: (part: string) => `/settings/${part}`,
  setup: (token?: string) => `/setup${query({ token })}`,
  preferences: () => '/preferences',
  queue: (list: { show?: string | null; after?: string | null } = {}) => `/mod${query(list)}`,
  report: (id: number) => `/mod/reports/${id}`,
  moderationLog: (after?: string | null) => `/mod/log${query({ after })}`,
  admin: () => '/admin',
  adminPart: (part: string) => `/admin/${part}`,
  adminMembers: (list: { q?: string | null; before?: number | null } = {}) => `/admin/members${query(list)}`,
  adminMember: (id: number, part?: string) => `/admin/members/${id}${part ? `/${part}` : ''}`,
  adminBoard: (slug?: string) => (slug === undefined ? '/admin/new-board' : `/admin/boards/${segment(slug)}`),
  apiDocs: () => '/api/docs',
}

/** Keeps a `next` address on this site: a path that starts with one slash, else the home page. */
export function safeNext(next: unknown): string {
  if (typeof next !== 'string' || next.length > 500) return '/'
  return /^\/(?![/\\])[^\\\s]*$/.test(next) ? next : '/'
}
