import type { Type } from 'typebox'
import { Value } from 'typebox/value'
import { paths, safeNext } from '#paths.ts'
import { Unauthenticated } from '#platform/errors.ts'
import { buttonOf, formOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { emptyState } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { typedIn, type Web } from '#ui/web.ts'
import { findChallenge } from './challenges.ts'
import { clearStepCookie, signInBrowser, stepCookie } from './cookies.ts'
import { UsedPasskey, usePasskey } from './passkeys.ts'
import { passSecondFactor } from './second-factor.ts'
import { secondFactorPage } from './views/second-factor.ts'

/** Signing in by more than a password, or by something else: the second factor, a passkey. */
export function secondFactorPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const kind = 'second-factor'
  const options = (page: Page, state: FormState) => ({
    title: page.words.factors.secondTitle,
    body: secondFactorPage(page, { state }),
    robots: 'noindex',
  })
  pages.get('/sign-in/second', async (request, reply) => {
    const token = stepCookie(web, request, kind)
    const isOpen = token !== '' && (await findChallenge(db, { kind, token, now: web.now() })) !== null
    if (!isOpen) return reply.redirect(paths.signIn(), 303)
    const page = await web.page(request)
    return web.show(reply, page, options(page, emptyState))
  })
  pages.post('/sign-in/second', formOf(['code']), async (request, reply) =>
    web.submit({ request, reply, again: options }, async ({ code = '' }) => {
      const token = stepCookie(web, request, kind)
      const passed = await passSecondFactor(web.deps, { token, code, now: web.now() })
      clearStepCookie(web, reply, kind)
      return signInBrowser(web, { request, reply, ...passed, next: safeNext(passed.next), shown: true })
    }),
  )
  pages.post('/sign-in/passkey', buttonOf(['response', 'next']), async (request, reply) => {
    const { response = '', next } = typedIn(request)
    const place = { origin: web.origin(request), name: '' }
    const used = readPasskey(UsedPasskey, response)
    const { memberId } = await usePasskey(db, { used, place, now: web.now() })
    const given = { request, reply, memberId, way: 'passkey', next: safeNext(next), shown: true } as const
    return reply.redirect(await signInBrowser(web, given), 303)
  })
}

/** What the browser's script put into the form. @throws Unauthenticated('passkey-refused') */
export function readPasskey<T extends Type.TSchema>(schema: T, text: string): Type.Static<T> {
  let value: unknown = null
  try {
    value = JSON.parse(text)
  } catch {}
  if (!Value.Check(schema, value)) throw new Unauthenticated('passkey-refused')
  return value
}
