import { Type } from 'typebox'
import { paths } from '#paths.ts'
import { buttonOf, formOf, tick } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { IdParams } from '#platform/http/shapes.ts'
import type { FormState, Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { isMailTime, type Kind, kinds, mailTimes, type Ways } from './kinds.ts'
import { listDevices, removeDevice } from './push.ts'
import { findSettings, saveSettings } from './settings.ts'
import { type SettingsData, settingsPage } from './settings-views.ts'

const fields = kinds.map((kind) => ({
  [`page-${kind}`]: tick,
  [`mail-${kind}`]: mailTimes,
  [`push-${kind}`]: tick,
}))

/** /settings/notifications: a table of kinds and ways. */
export function notificationSettingPages(pages: Server, web: Web): void {
  const { db, config } = web.deps
  async function options(page: Page, given: Pick<SettingsData, 'state' | 'saved'>) {
    const { viewer } = page
    const found = viewer ? await findSettings(db, viewer) : null
    const member = viewer && (await addressOf(web, viewer.id))
    const data = {
      ways: found?.ways ?? null,
      devices: viewer ? await listDevices(db, viewer) : [],
      mails: config.mail === null ? 'no-site' : member?.confirmed ? 'yes' : 'no-address',
      ...given,
    } as const
    return {
      title: page.words.notifyBy.title,
      body: settingsPage(page, data),
      current: 'me' as const,
      width: 'list' as const,
      robots: 'noindex',
      modules: ['main', 'push'],
    }
  }

  const query = Type.Object({ saved: Type.Optional(Type.String({ maxLength: 5 })) })
  pages.get('/settings/notifications', { schema: { querystring: query } }, async (request, reply) => {
    const page = await web.memberPage(request)
    const saved = request.query.saved !== undefined
    return web.show(reply, page, await options(page, { state: null, saved }))
  })
  devicePages(pages, web)
  pages.post('/settings/notifications', formOf(fields), async (request, reply) => {
    const viewer = await web.member(request)
    const again = (page: Page, state: FormState) => options(page, { state, saved: false })
    return web.submit({ request, reply, again }, async (typed) => {
      await saveSettings(db, viewer, { ways: waysIn(typed), now: web.now() })
      return paths.settingsPart('notifications', 1)
    })
  })
}

/** A browser that is told no more. */
function devicePages(pages: Server, web: Web): void {
  pages.post('/settings/notifications/devices/:id', buttonOf([], IdParams), async (request, reply) => {
    await removeDevice(web.deps.db, await web.member(request), request.params.id)
    return reply.redirect(paths.settingsPart('notifications'), 303)
  })
}

/** An unchecked box is not sent, so the whole table is read. */
function waysIn(typed: Record<string, string>): Partial<Record<Kind, Ways>> {
  const ways: Partial<Record<Kind, Ways>> = {}
  for (const kind of kinds) {
    const mail = typed[`mail-${kind}`]
    if (!isMailTime(mail)) continue
    ways[kind] = {
      page: typed[`page-${kind}`] !== undefined,
      mail,
      push: typed[`push-${kind}`] !== undefined,
    }
  }
  return ways
}

async function addressOf({ deps: { db } }: Web, id: number): Promise<{ confirmed: boolean } | null> {
  const row = await db
    .selectFrom('members')
    .select(['email', 'email_confirmed_at'])
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? { confirmed: row.email !== null && row.email_confirmed_at !== null } : null
}
