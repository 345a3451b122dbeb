import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { paths } from '#paths.ts'
import { invalid } from '#platform/errors.ts'
import type { Server } from '#platform/http/server.ts'
import type { FormState, Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { changeEmail, changePassword, changeProfile, withdraw } from './accounts.ts'
import { requireSame } from './pages.ts'
import { endSessions, listSessions } from './sessions.ts'
import type { Viewer } from './viewer.ts'
import { type SettingsData, type SettingsPart, settingsPage } from './views/settings.ts'

const saved = ['profile', 'preferences', 'email', 'password', 'sessions'] as const
type Saved = (typeof saved)[number]

function isSaved(text: unknown): text is Saved {
  return saved.some((part) => part === text)
}

/** GET /settings and a POST for each of its forms. */
export function settingsPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const SavedQuery = Type.Object({ saved: Type.Optional(Type.String({ maxLength: 20 })) })
  pages.get('/settings', { schema: { querystring: SavedQuery } }, async (request, reply) => {
    const page = await web.page(request)
    if (!page.viewer) return reply.redirect(paths.signIn(paths.settings()), 303)
    const done = request.query.saved
    return web.show(
      reply,
      page,
      await options(page, page.viewer, { saved: isSaved(done) ? done : null, refused: null }),
    )
  })

  async function options(page: Page, viewer: Viewer, state: Pick<SettingsData, 'saved' | 'refused'>) {
    const own = await db
      .selectFrom('members')
      .select(['about', 'email'])
      .where('id', '=', viewer.id)
      .executeTakeFirst()
    const sessions = await listSessions(db, viewer)
    const data = { about: own?.about ?? '', email: own?.email ?? null, sessions, ...state }
    return {
      title: page.words.site.settings,
      body: settingsPage(page, data),
      modules: ['main'],
      current: 'me' as const,
      robots: 'noindex',
    }
  }

  /** One form of the page; a refusal shows the page again with that form's errors. */
  function part(
    name: SettingsPart,
    work: (viewer: Viewer, typed: Record<string, string>) => Promise<void>,
    then: string,
  ) {
    pages.post(`/settings/${name}`, async (request: FastifyRequest, reply: FastifyReply) => {
      const viewer = await web.member(request)
      const again = (page: Page, state: FormState) =>
        options(page, viewer, { saved: null, refused: { part: name, state } })
      return web.submit({ request, reply, again }, async (typed) => {
        await work(viewer, typed)
        return then
      })
    })
  }

  const back = (name: Saved) => `${paths.settings()}?saved=${name}`
  part(
    'profile',
    (viewer, typed) => changeProfile(db, viewer, { about: typed['about'] ?? '' }),
    back('profile'),
  )
  part(
    'email',
    (viewer, { email = '', password = '' }) => changeEmail(db, viewer, { email, password }),
    back('email'),
  )
  part(
    'password',
    async (viewer, typed) => {
      requireSame(typed, 'newPassword', 'newPassword2')
      await changePassword(db, viewer, {
        password: typed['password'] ?? '',
        newPassword: typed['newPassword'] ?? '',
      })
    },
    back('password'),
  )
  part(
    'sessions',
    (viewer) => endSessions(db, { memberId: viewer.id, except: viewer.sessionId }),
    back('sessions'),
  )
  part(
    'withdraw',
    async (viewer, typed) => {
      if (!typed['sure']) throw invalid('sure', 'sure')
      await withdraw(db, viewer, { password: typed['password'] ?? '', now: web.now() })
    },
    paths.home(),
  )
}
