import { mailJobs } from '#modules/accounts/mails.ts'
import { checkEmail } from '#modules/accounts/rules.ts'
import { deskPage } from '#modules/moderation/guards.ts'
import { recordAct } from '#modules/modlog/modlog.ts'
import { NotFound, refuse } from '#platform/errors.ts'
import { failedJobs } from '#platform/failed-jobs.ts'
import { formOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { compose, plainName, routeOf, type Sent, sendMail } from '#platform/mail.ts'
import type { DocumentOptions } from '#ui/document.ts'
import type { FormState, Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { mailPage } from './mail-views.ts'

/** Whether and how mails go out, and a live test with the server's own words. */
export function mailPages(pages: Server, web: Web): void {
  const { db, config } = web.deps
  pages.get('/admin/mail', async (request, reply) => {
    const viewer = await web.member(request)
    const own = await db.selectFrom('members').select('email').where('id', '=', viewer.id).executeTakeFirst()
    const state = { values: { to: own?.email ?? '' }, errors: {} }
    const page = await web.page(request)
    return web.show(reply, page, await options(web, page, { state, sent: null }))
  })
  pages.post('/admin/mail', formOf(['to']), async (request, reply) => {
    const viewer = await web.member(request)
    const { mail } = config
    if (!mail) throw new NotFound()
    const again = (page: Page, state: FormState) => options(web, page, { state, sent: null })
    return web.submit({ request, reply, again }, async ({ to = '' }) => {
      const { email, errors } = checkEmail(to)
      refuse(errors.map((error) => ({ ...error, field: 'to' })))
      const { language, site, words } = await web.page(request)
      const letter = compose({ language, lines: [words.admin.mailBody], after: [] })
      const subject = words.admin.mailSubject({ site: plainName(site.name) })
      const sent = await sendMail(mail, { to: email, fromName: site.name, subject, ...letter })
      await recordAct(db, { byId: viewer.id, act: 'mail.test', now: web.now() })
      return (page) => options(web, page, { state: { values: { to: email }, errors: {} }, sent })
    })
  })
}

type Shown = { state: FormState; sent: Sent | null }

async function options(web: Web, page: Page, { state, sent }: Shown): Promise<DocumentOptions> {
  const { db, config } = web.deps
  const mail = config.mail && { ...routeOf(config.mail.url), from: config.mail.from }
  const failing = await failedJobs(db, mailJobs)
  const body = mailPage(page, { mail, hasBase: config.baseUrl !== null, state, sent, failing })
  return deskPage(page.words.admin.mail, body)
}
