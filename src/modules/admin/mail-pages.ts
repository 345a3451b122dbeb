import type { FastifyReply, FastifyRequest } from 'fastify'
import { mailJobs } from '#modules/accounts/mails.ts'
import { checkEmail } from '#modules/accounts/rules.ts'
import { deskPage } from '#modules/moderation/guards.ts'
import { recordAct } from '#modules/modlog/modlog.ts'
import { Invalid, NotFound } from '#platform/errors.ts'
import { failedJobs } from '#platform/failed-jobs.ts'
import type { Server } from '#platform/http/server.ts'
import { compose, plainName, routeOf, type Sent, sendMail } from '#platform/mail.ts'
import { refusedForm } from '#ui/answers.ts'
import type { FormState } from '#ui/page.ts'
import { typedIn, type Web } from '#ui/web.ts'
import { mailPage } from './mail-views.ts'

/** Whether and how mails go out, and a live test with the server's own words. */
export function mailPages(pages: Server, web: Web): void {
  const { db, config } = web.deps
  pages.get('/admin/mail', async (request, reply) => {
    const viewer = await web.member(request)
    const own = await db.selectFrom('members').select('email').where('id', '=', viewer.id).executeTakeFirst()
    const state = { values: { to: own?.email ?? '' }, errors: {} }
    return show(web, { request, reply, state, sent: null })
  })
  pages.post('/admin/mail', async (request, reply) => {
    const viewer = await web.member(request)
    if (!config.mail) throw new NotFound()
    const typed = typedIn(request)
    const { email, errors } = checkEmail(typed['to'] ?? '')
    const page = await web.page(request)
    if (errors.length > 0) {
      const fields = errors.map((error) => ({ ...error, field: 'to' }))
      const state = refusedForm(page, new Invalid('invalid', { fields }), typed)
      return show(web, { request, reply: reply.code(422), state, sent: null })
    }
    const { admin: t } = page.words
    const letter = compose({ language: page.language, lines: [t.mailBody], after: [] })
    const subject = t.mailSubject({ site: plainName(page.site.name) })
    const sent = await sendMail(config.mail, { to: email, fromName: page.site.name, subject, ...letter })
    await recordAct(db, { byId: viewer.id, act: 'mail.test', now: web.now() })
    return show(web, { request, reply, state: { values: { to: email }, errors: {} }, sent })
  })
}

type Given = { request: FastifyRequest; reply: FastifyReply; state: FormState; sent: Sent | null }

async function show(web: Web, { request, reply, state, sent }: Given): Promise<FastifyReply> {
  const { db, config } = web.deps
  const page = await web.page(request)
  const mail = config.mail && { ...routeOf(config.mail.url), from: config.mail.from }
  const failing = await failedJobs(db, mailJobs)
  const body = mailPage(page, { mail, hasBase: config.baseUrl !== null, state, sent, failing })
  return web.show(reply, page, deskPage(page.words.admin.mail, body))
}
