import { afterAll, beforeAll, expect, test } from 'vitest'
import { paths } from '#paths.ts'
import { makeTestApp, type TestApp } from '#test/support/app.ts'

let site: TestApp
beforeAll(async () => {
  site = await makeTestApp()
})
afterAll(() => site[Symbol.asyncDispose]())

/** A comment sent after the session ended, from a page of the site or from none that is known. */
async function sendSignedOut(referer?: string) {
  const post = await site.post(await site.member(), await site.board())
  return site.app.inject({
    method: 'POST',
    url: `/p/${post.id}/comments`,
    headers: {
      origin: 'http://localhost:80',
      'content-type': 'application/x-www-form-urlencoded',
      ...(referer === undefined ? {} : { referer }),
    },
    payload: new URLSearchParams({ body: '\nlong <thought>' }).toString(),
  })
}

test('what was written is shown to whoever was signed out meanwhile, and signing in leads back', async () => {
  const answer = await sendSignedOut('http://localhost:80/p/7/a-post?order=date')
  expect(answer.statusCode).toBe(401)
  expect(answer.body).toContain('readonly>\n\nlong &lt;thought&gt;</textarea>')
  expect(answer.body).toContain(`href="${paths.signIn('/p/7/a-post?order=date')}"`)
})

test.each([undefined, 'not an address', 'https://elsewhere.org/p/7', 'http://localhost:80//elsewhere.org'])(
  'signing in leads home where the form came from %s',
  async (referer) => {
    expect((await sendSignedOut(referer)).body).toContain(`href="${paths.signIn('/')}"`)
  },
)
