import { Type } from 'typebox'
import { provenMember } from '#modules/accounts/guards.ts'
import { hasRecentProof } from '#modules/accounts/proof.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { paths } from '#paths.ts'
import type { Db } from '#platform/database.ts'
import { invalid } from '#platform/errors.ts'
import { buttonOf, formOf, tick } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { IdParams } from '#platform/http/shapes.ts'
import type { DocumentOptions } from '#ui/document.ts'
import type { FormState, Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { createKey, keyLimits, listKeys, revokeKey } from './keys.ts'
import { mayGive, scopes } from './scopes.ts'
import { type KeysData, keysPage } from './views.ts'

type State = Pick<KeysData, 'state' | 'made' | 'revoked'>

const scopeBoxes = Object.fromEntries(scopes.map((scope) => [`scope-${scope}`, tick]))

const plain: State = {
  state: { values: { 'scope-read': '1', days: String(keyLimits.defaultDays) }, errors: {} },
  made: null,
  revoked: false,
}

async function options(
  db: Db,
  page: Page,
  { viewer, ...state }: State & { viewer: Viewer },
): Promise<DocumentOptions> {
  const keys = await listKeys(db, viewer, page.now)
  const proven = await hasRecentProof(db, viewer, page.now)
  const offered = scopes.filter((scope) => mayGive(viewer.role, scope))
  return {
    title: page.words.apiKeys.title,
    body: keysPage(page, { keys, offered, proven, ...state }),
    modules: ['main'],
    current: 'me' as const,
    width: 'list' as const,
    robots: 'noindex',
  }
}

/** GET and POST /settings/keys, POST /settings/keys/{id}/revoke. */
export function keyPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const query = Type.Object({ revoked: Type.Optional(Type.String({ maxLength: 5 })) })
  pages.get('/settings/keys', { schema: { querystring: query } }, async (request, reply) => {
    const page = await web.memberPage(request)
    const revoked = request.query.revoked === '1'
    return web.show(reply, page, await options(db, page, { ...plain, viewer: page.viewer, revoked }))
  })

  // The key stands in this answer alone: no address leads to it again.
  pages.post('/settings/keys', formOf(['name', 'days', scopeBoxes]), async (request, reply) => {
    const viewer = await provenMember(web, { request, reply, back: paths.keys() })
    if (!viewer) return reply
    const again = (page: Page, state: FormState) => options(db, page, { ...plain, viewer, state })
    return web.submit({ request, reply, again }, async ({ name = '', days = '', ...typed }) => {
      if (!/^\d{1,3}$/.test(days)) throw invalid('days', 'days-range', { limit: keyLimits.days })
      const wanted = scopes.filter((scope) => typed[`scope-${scope}`] !== undefined)
      const made = await createKey(db, viewer, { name, scopes: wanted, days: Number(days), now: web.now() })
      return (page) => options(db, page, { ...plain, viewer, made: { id: made.made.id, key: made.key } })
    })
  })

  pages.post('/settings/keys/:id/revoke', buttonOf([], IdParams), async (request, reply) => {
    await revokeKey(db, await web.member(request), request.params.id)
    return reply.redirect(paths.keys(1), 303)
  })
}
