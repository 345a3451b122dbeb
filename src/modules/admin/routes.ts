import { Type } from 'typebox'
import { listOpenLinks, type OpenLink } from '#modules/accounts/links.ts'
import { guardedRoutes } from '#modules/moderation/guards.ts'
import { handOver } from '#modules/moderation/member-acts.ts'
import { paths } from '#paths.ts'
import type { Server } from '#platform/http/server.ts'
import { body, Id, IdParams, Instant, nullable, wholeListOf } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { aboutRoutes } from './about-routes.ts'
import { changeSettings } from './settings.ts'

const tags = ['administration']
const settings = {
  name: Type.String(),
  description: Type.String({
    description: 'What the site is for, in a sentence or two; at most 300 characters',
  }),
  signUp: Type.Enum(['open', 'invitation', 'approval', 'closed']),
  invite: Type.Enum(['member', 'moderator', 'administrator'], {
    description: 'The least role that may invite',
  }),
  confirmEmail: nullable(
    Type.Boolean({ description: 'Whether new members confirm their address; null: where mail is sent' }),
  ),
  signedApps: Type.Boolean({
    description: 'Whether sign-up and sign-in calls must be signed by an app client',
  }),
  searchable: Type.Boolean({ description: 'Whether search engines may show the pages' }),
  aiCrawlers: Type.Enum(['all', 'answers', 'none'], {
    description: 'Which readers for language models robots.txt asks in',
  }),
}

/** The site's settings and the links that wait to be handed over, for administrators. */
export function adminRoutes(api: Server, web: Web): void {
  const routes = (scope: Server) => {
    settingRoutes(scope, web)
    aboutRoutes(scope, web)
    linkRoutes(scope, web)
  }
  guardedRoutes(api, web, { role: 'administrator', routes })
}

function settingRoutes(api: Server, web: Web): void {
  const { site, config } = web.deps
  const Settings = Type.Object(settings)
  api.get(
    '/admin/settings',
    { schema: { tags, summary: 'The settings of the site (administrator)', response: { 200: Settings } } },
    async () => site.fresh(),
  )
  const { name, description, signUp, invite, confirmEmail, signedApps, searchable, aiCrawlers } = settings
  const change = body({
    name: Type.Optional(name),
    description: Type.Optional(description),
    signUp: Type.Optional(signUp),
    invite: Type.Optional(invite),
    confirmEmail: Type.Optional(confirmEmail),
    signedApps: Type.Optional(signedApps),
    searchable: Type.Optional(searchable),
    aiCrawlers: Type.Optional(aiCrawlers),
  })
  const summary = 'Change settings; each change stands in the log (administrator)'
  api.patch(
    '/admin/settings',
    { schema: { tags, summary, body: change, response: { 200: Settings } } },
    async (request) => {
      const deps = { site, canSend: config.mail !== null }
      await changeSettings(deps, await web.member(request), { change: request.body, now: web.now() })
      return site.fresh()
    },
  )
}

const Purpose = Type.Enum(['claim', 'reset', 'confirm'])
const Link = Type.Object({
  id: Id,
  purpose: Purpose,
  member: Type.Object({ id: Id, name: Type.String() }),
  email: nullable(Type.String()),
  at: Instant,
  expiresAt: Instant,
  sentAt: nullable(Instant),
  failure: Type.String({ description: 'Why the last try to send it failed; empty when none did' }),
})

function presentLink({ at, expiresAt, sentAt, ...rest }: OpenLink) {
  return {
    ...rest,
    at: at.toISOString(),
    expiresAt: expiresAt.toISOString(),
    sentAt: sentAt?.toISOString() ?? null,
  }
}

function linkRoutes(api: Server, web: Web): void {
  const { db, key } = web.deps
  const Links = wholeListOf(Link)
  api.get(
    '/admin/links',
    { schema: { tags, summary: 'Links that members asked for (administrator)', response: { 200: Links } } },
    async (request) => {
      const links = await listOpenLinks(db, await web.member(request), web.now())
      return { items: links.map(presentLink), next: null }
    },
  )
  api.post(
    '/admin/links/:id',
    {
      schema: {
        tags,
        summary: 'Show a link, to hand it over; that stands in the log (administrator)',
        params: IdParams,
        response: { 200: Type.Object({ purpose: Purpose, url: Type.String(), expiresAt: Instant }) },
      },
    },
    async (request) => {
      const input = { id: request.params.id, key, now: web.now() }
      const { purpose, token, expiresAt } = await handOver(db, await web.member(request), input)
      const path = purpose === 'confirm' ? paths.confirm(token) : paths.claim(token)
      return { purpose, url: web.origin(request) + path, expiresAt: expiresAt.toISOString() }
    },
  )
}
