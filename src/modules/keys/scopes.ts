import { isAtMost, type MemberRole, type Scope } from '#modules/accounts/viewer.ts'

export const scopes = ['read', 'write', 'moderate', 'admin'] as const satisfies readonly Scope[]
/** What a request needs of a key; `session`: no key will do. */
export type Need = Scope | 'session'

/** The role without which a key cannot have the scope. */
const roleFor: Record<Scope, MemberRole> = {
  read: 'member',
  write: 'member',
  moderate: 'moderator',
  admin: 'administrator',
}

export function isScope(text: string): text is Scope {
  return scopes.some((scope) => scope === text)
}

export function mayGive(role: MemberRole, scope: Scope): boolean {
  return isAtMost(roleFor[scope], role)
}

/** The role in which a key asks: its member's, and no higher than its scopes. */
export function roleWith(role: MemberRole, given: readonly Scope[]): MemberRole {
  const most = given.includes('admin') ? 'administrator' : given.includes('moderate') ? 'moderator' : 'member'
  return isAtMost(role, most) ? role : most
}

const safe = new Set(['GET', 'HEAD', 'OPTIONS'])
type Rule = { route: RegExp; writes?: boolean; needs: Need }

/** The first that fits decides. Routes below /api/v1, as templates; `writes`: only what changes something. */
const rules: readonly Rule[] = [
  // Links that set passwords are ways into accounts.
  { route: /^\/admin\/links\b/, needs: 'session' },
  // Making them shows a secret.
  { route: /^\/admin\/(clients|webhooks)$/, writes: true, needs: 'session' },
  { route: /^\/admin\b/, needs: 'admin' },
  { route: /^\/boards(\/:slug(\/(chat|archive))?)?$/, writes: true, needs: 'admin' },
  { route: /^\/members\/:id\/role$/, needs: 'admin' },
  { route: /^\/(moderation|sign-ups)\b/, needs: 'moderate' },
  { route: /^\/members\/:id\/(block|approval)$/, needs: 'moderate' },
  { route: /^\/posts\/:id\/(board|pin|lock)$/, writes: true, needs: 'moderate' },
]

/** What keys reach by reading and writing, by the first part of the route; what is not here needs a session. */
const open = new Set([
  'site',
  'boards',
  'posts',
  'comments',
  'drafts',
  'news',
  'preview',
  'reports',
  'files',
  'search',
  'trending',
  'notifications',
  'tags',
  'chat',
  'live',
])
/** The same for whole routes, where others beside them are about the account. */
const openReads = new Set([
  '/me',
  '/me/bookmarks',
  '/me/blocks',
  '/me/follows',
  '/me/notification-settings',
  '/members',
  '/members/:name',
  '/members/:name/deleted-posts',
])
const openWrites = new Set([
  'PATCH /me',
  'PUT /me/avatar',
  'DELETE /me/avatar',
  'PUT /me/blocks/:member',
  'DELETE /me/blocks/:member',
  'PUT /me/notification-settings',
  'PUT /members/:id/follow',
  'DELETE /members/:id/follow',
])

const api = '/api/v1'

/** What a key needs for a route, from its method and template alone. Unknown routes need a session. */
export function neededScope(method: string, template: string): Need {
  if (!template.startsWith(`${api}/`)) return 'session'
  const route = template.slice(api.length)
  const reads = safe.has(method)
  const rule = rules.find((one) => one.route.test(route) && !(one.writes && reads))
  if (rule) return rule.needs
  const known = open.has(route.split('/')[1] ?? '')
  if (reads) return known || openReads.has(route) ? 'read' : 'session'
  return known || openWrites.has(`${method} ${route}`) ? 'write' : 'session'
}

/** What answers without a token as well, or takes a token, code or password of its own. */
const openToGuests =
  /^(GET \/(site(\/texts\/:name)?|boards|boards\/:slug(\/(news|posts))?|news|posts|posts\/:id(\/comments)?|comments\/:id|(posts|comments)\/:id\/versions(\.csv|\/:version)?|members\/:name|search(\/\w+)?|tags|trending|live)|POST \/(members|sessions(\/(?!current).+)?|password-resets(\/use)?|email-confirmations|posts\/:id\/share))$/

export function isOpenToGuests(method: string, template: string): boolean {
  return template.startsWith(`${api}/`) && openToGuests.test(`${method} ${template.slice(api.length)}`)
}
