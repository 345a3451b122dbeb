import { Type } from 'typebox'
import { paths } from '#paths.ts'
import { formOf, tick } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import type { FormState, Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { changePassword, changeProfile, withdraw } from './accounts.ts'
import { changeEmail, confirmAgain } from './emails.ts'
import { mayInvite } from './invitations.ts'
import { openConfirmation } from './links.ts'
import { endSessions, listSessions } from './sessions.ts'
import type { Viewer } from './viewer.ts'
import { type SettingsData, type SettingsPart, settingsPage } from './views/settings.ts'

const saved = ['profile', 'preferences', 'email', 'confirm', 'password', 'sessions'] as const
type Saved = (typeof saved)[number]

function isSaved(text: unknown): text is Saved {
  return saved.some((part) => part === text)
}

type Typed = Record<string, string>
type PostedPart = Exclude<SettingsPart, 'preferences' | 'email'> | 'confirm'

const fields = {
  profile: ['about', 'country', 'timeZone'],
  email: ['email', 'password'],
  confirm: [],
  password: ['password', 'newPassword', 'newPassword2'],
  sessions: [],
  withdraw: ['password', { sure: tick }],
}

/** GET /settings and a POST for each of its forms. */
export function settingsPages(pages: Server, web: Web): void {
  const SavedQuery = Type.Object({ saved: Type.Optional(Type.String({ maxLength: 20 })) })
  pages.get('/settings', { schema: { querystring: SavedQuery } }, async (request, reply) => {
    const page = await web.memberPage(request)
    const done = request.query.saved
    const state = { saved: isSaved(done) ? done : null, refused: null }
    return web.show(reply, page, await options(web, page, { viewer: page.viewer, ...state }))
  })
  for (const part of ['profile', 'email', 'confirm', 'password', 'sessions', 'withdraw'] as const) {
    pages.post(`/settings/${part}`, formOf(fields[part]), async (request, reply) => {
      const viewer = await web.member(request)
      // A refusal shows the page again with this form's errors.
      const again = (page: Page, state: FormState) =>
        options(web, page, {
          viewer,
          saved: null,
          refused: { part: part === 'confirm' ? 'email' : part, state },
        })
      return web.submit({ request, reply, again }, async (typed) => {
        if (part === 'email') return `${paths.settings()}?saved=${await saveEmail(web, viewer, typed)}`
        await save(web, viewer, { part, typed })
        return part === 'withdraw' ? paths.home({ done: 'left' }) : `${paths.settings()}?saved=${part}`
      })
    })
  }
}

type Shown = Pick<SettingsData, 'saved' | 'refused'> & { viewer: Viewer }

async function options(web: Web, page: Page, { viewer, ...state }: Shown) {
  const { config, db, site } = web.deps
  const { invite } = await site.current(page.now)
  const own = await db
    .selectFrom('members')
    .select(['about', 'country', 'email', 'email_confirmed_at'])
    .where('id', '=', viewer.id)
    .executeTakeFirst()
  const sessions = await listSessions(db, viewer)
  const data = {
    about: own?.about ?? '',
    country: own?.country ?? '',
    email: own?.email ?? null,
    emailConfirmed: own?.email_confirmed_at != null,
    emailWaiting: (await openConfirmation(db, viewer, page.now))?.email ?? null,
    mayInvite: mayInvite(viewer, invite),
    siteZone: config.timeZone,
    sessions,
    ...state,
  }
  return {
    title: page.words.site.settings,
    body: settingsPage(page, data),
    modules: ['main', 'time-zone'],
    current: 'me' as const,
    width: 'list' as const,
    robots: 'noindex',
  }
}

async function save(
  web: Web,
  viewer: Viewer,
  { part, typed }: { part: PostedPart; typed: Typed },
): Promise<void> {
  const { db } = web.deps
  const {
    about = '',
    country,
    timeZone,
    password = '',
    newPassword = '',
    newPassword2: newPasswordAgain = '',
  } = typed
  const now = web.now()
  switch (part) {
    case 'profile':
      return changeProfile(db, viewer, {
        about,
        ...(country === undefined ? {} : { country }),
        ...(timeZone === undefined ? {} : { timeZone }),
      })
    case 'confirm':
      return confirmAgain(web.deps, viewer, now)
    case 'password':
      return changePassword(web.deps, viewer, { password, newPassword, newPasswordAgain, now })
    case 'sessions':
      return endSessions(db, { memberId: viewer.id, except: viewer.sessionId })
    case 'withdraw': {
      const wrong = typed['sure'] ? [] : [{ field: 'sure', code: 'sure' }]
      return withdraw(web.deps, viewer, { password, wrong, now })
    }
  }
}

/** Where addresses are confirmed the new one counts later, and the page says so. */
async function saveEmail(web: Web, viewer: Viewer, { email = '', password = '' }: Typed): Promise<Saved> {
  const { key } = web.deps
  const { confirmEmail, canSend } = await web.joinRules()
  const confirm = confirmEmail || canSend
  await changeEmail(web.deps, viewer, { email, password, confirm, key, now: web.now() })
  return confirm ? 'confirm' : 'email'
}
