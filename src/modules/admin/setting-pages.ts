import { Type } from 'typebox'
import { signUpModes } from '#modules/accounts/joining.ts'
import { deskPage } from '#modules/moderation/guards.ts'
import {
  aiCrawlerChoices,
  checkDescription,
  checkSiteName,
  inviters,
  oneOf,
  type Site,
} from '#modules/site/site.ts'
import { paths } from '#paths.ts'
import { formOf, tick } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import type { FormState, Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { settingsPage } from './setting-views.ts'
import { changeSettings } from './settings.ts'

const settingFields = [
  ...['siteName', 'description', 'signUp', 'invite', 'confirmEmail', 'aiCrawlers'],
  { signedApps: tick, searchable: tick },
]

/** What administrators decide in the web. */
export function settingPages(pages: Server, web: Web): void {
  const { site, config } = web.deps
  const options = (page: Page, state: FormState, saved: boolean) =>
    deskPage(page.words.admin.settings, settingsPage(page, { state, saved }))
  const query = Type.Object({ saved: Type.Optional(Type.String({ maxLength: 5 })) })
  pages.get('/admin/settings', { schema: { querystring: query } }, async (request, reply) => {
    const page = await web.page(request)
    const values = toValues(await site.fresh())
    return web.show(reply, page, options(page, { values, errors: {} }, request.query.saved === '1'))
  })
  pages.post('/admin/settings', formOf(settingFields), async (request, reply) => {
    const viewer = await web.member(request)
    const again = (page: Page, state: FormState) => options(page, state, false)
    return web.submit({ request, reply, again }, async (typed) => {
      const deps = { site, canSend: config.mail !== null }
      await changeSettings(deps, viewer, { change: toSite(typed), now: web.now() })
      return paths.adminPart('settings', 1)
    })
  })
}

const confirmChoices = ['auto', 'yes', 'no'] as const

function toValues(site: Site): Record<string, string> {
  const { confirmEmail } = site
  return {
    siteName: site.name,
    description: site.description,
    signUp: site.signUp,
    invite: site.invite,
    confirmEmail: confirmEmail === null ? 'auto' : confirmEmail ? 'yes' : 'no',
    signedApps: site.signedApps ? '1' : '',
    searchable: site.searchable ? '1' : '',
    aiCrawlers: site.aiCrawlers,
  }
}

/** @throws Invalid for a field with a value that nobody offered */
function toSite(typed: Record<string, string>): Omit<Site, 'logo'> {
  const confirm = oneOf(confirmChoices, typed['confirmEmail'], 'confirmEmail')
  return {
    name: checkSiteName(typed['siteName'] ?? '', 'siteName'),
    description: checkDescription(typed['description'] ?? '', 'description'),
    signUp: oneOf(signUpModes, typed['signUp'], 'signUp'),
    invite: oneOf(inviters, typed['invite'], 'invite'),
    confirmEmail: confirm === 'auto' ? null : confirm === 'yes',
    signedApps: Boolean(typed['signedApps']),
    searchable: Boolean(typed['searchable']),
    aiCrawlers: oneOf(aiCrawlerChoices, typed['aiCrawlers'], 'aiCrawlers'),
  }
}
