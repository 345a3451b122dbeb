import type { Page } from 'playwright-core'
import { beforeEach, expect, test } from 'vitest'
import type { Board } from '#modules/boards/shapes.ts'
import type { Actor } from '#test/support/app.ts'
import { looks, swappedLooks } from './support/looks.ts'
import { agree, pass, say } from './support/scene.ts'
import { describeInBrowser, useSite } from './support/site.ts'

describeInBrowser('a conversation', () => {
  let asker: Actor
  let other: Actor
  let board: Board
  let talk: Board
  let post: { id: number; title: string }
  const site = useSite(async (app) => {
    board = await app.board({ slug: 'help', name: '묻고 답하기', kind: 'question', downvotes: true })
    talk = await app.board({ slug: 'talk', name: '자유 이야기' })
  })
  beforeEach(async () => {
    asker = await site.app.member()
    other = await site.app.member()
    post = await site.app.post(other, talk, { title: '노을이 예뻤어요', body: 'The sky was red last night.' })
  })

  const answersOn = (page: Page) => page.getByRole('article').filter({ hasText: /Net|Milk/ })
  const order = async (page: Page) =>
    (await answersOn(page).allTextContents()).map((text) => (text.includes('Net') ? 'net' : 'milk'))

  test.each(looks)('asks, gets answers, orders them and accepts one ($name)', async (look) => {
    const question = await site.app.post(asker, board, { title: '배추벌레를 어떻게 잡나요?' })
    const milk = await say(other, question.id, { body: 'Milk and water.' })
    await agree(asker, ['PUT', `/comments/${milk.id}/vote`, { value: 1 }])
    const { page, t, go } = await site.visit({ ...look, as: other })
    await go(`/p/${question.id}`)
    await page.getByText(t.comment.noAnswers).waitFor({ state: 'detached' })
    await page.getByLabel(t.write.answer, { exact: true }).fill('A fine Net, early.')
    await page.getByRole('button', { name: t.write.answerIt }).click()
    await page.getByRole('heading', { level: 2, name: t.comment.answers({ count: 2 }) }).waitFor()
    expect(await order(page)).toEqual(['milk', 'net'])
    await page.getByRole('link', { name: t.comment.orders.date }).click()
    await page.waitForURL(/order=date/)
    expect(await page.getByRole('button', { name: t.comment.accept }).count()).toBe(0)

    const view = await site.visit({ ...look, as: asker })
    await view.go(`/p/${question.id}`)
    await answersOn(view.page)
      .filter({ hasText: 'Net' })
      .getByRole('button', { name: t.comment.accept })
      .click()
    await view.page.getByText(t.comment.accepted, { exact: true }).waitFor()
    expect(await order(view.page)).toEqual(['net', 'milk'])
    await view.go('/b/help')
    await view.page
      .getByRole('listitem')
      .filter({ hasText: question.title })
      .getByText(t.list.solved)
      .first()
      .waitFor()
  })

  test.each(swappedLooks)('edits with a reason and shows what changed word by word ($name)', async (look) => {
    const { page, t, go } = await site.visit({ ...look, as: other })
    await go(`/p/${post.id}`)
    await page.getByLabel(t.post.more).click()
    await page.getByRole('link', { name: t.post.edit, exact: true }).click()
    await page.getByLabel(t.write.body, { exact: true }).fill('The sky was purple last night.')
    await page.getByLabel(t.write.note).fill('색을 바로잡음')
    await page.getByRole('button', { name: t.write.save }).click()
    await page.getByText('purple').waitFor()
    await page.getByLabel(t.post.more).click()
    await page.getByRole('link', { name: t.post.history }).click()
    expect(await page.getByRole('deletion').allTextContents()).toEqual(['red'])
    expect(await page.getByRole('insertion').allTextContents()).toEqual(['purple'])
    await page.getByText('색을 바로잡음').waitFor()
  })

  test.each(looks)('lets the second of two editors merge both texts ($name)', async (look) => {
    const moderator = await site.app.member(undefined, 'moderator')
    const { page, t, go } = await site.visit({ ...look, as: other })
    await go(`/p/${post.id}/edit`)
    const body = page.getByLabel(t.write.body, { exact: true })
    await body.fill('The sky was orange last night.')
    await agree(moderator, [
      'PATCH',
      `/posts/${post.id}`,
      { body: 'The sky was red last evening.', version: 1 },
    ])
    await page.getByRole('button', { name: t.write.save }).click()
    await page
      .getByRole('alert')
      .getByText(t.write.conflictText({ name: moderator.name, version: 2 }))
      .waitFor()
    const mine = page.getByLabel(t.write.body, { exact: true }).first()
    expect(await mine.inputValue()).toBe('The sky was orange last night.')
    await mine.fill('The sky was orange last evening.')
    await page.getByRole('button', { name: t.write.saveMerged }).click()
    await page.getByText('The sky was orange last evening.').waitFor()
  })

  test.each(swappedLooks)('answers a comment in place ($name)', async (look) => {
    const comment = await say(other, post.id, { body: '저도 봤어요.' })
    const { page, t, go } = await site.visit({ ...look, as: asker })
    await go(`/p/${post.id}`)
    const reply = page
      .getByRole('article')
      .filter({ hasText: '저도 봤어요.' })
      .getByRole('link', { name: t.comment.reply })
    await reply.click()
    const label = t.comment.replyTo({ name: other.name })
    await page.getByRole('button', { name: t.forms.cancel }).click()
    await page.getByLabel(label).waitFor({ state: 'detached' })
    await reply.click()
    await page.getByLabel(label).fill('어디에서요?')
    await page.getByRole('button', { name: t.comment.reply, exact: true }).click()
    await page.getByText('어디에서요?').waitFor()
    const replies = (await asker.api('GET', `/posts/${post.id}/comments`)).json().items
    expect(replies.map((one: { parent: number | null }) => one.parent)).toEqual([null, comment.id])
  })

  test.each([
    { ...looks[0], script: true },
    { ...looks[1], script: false },
  ])('votes and keeps a post; script: $script ($name)', async (look) => {
    const { page, t, go } = await site.visit({ ...look, as: asker })
    await go(`/p/${post.id}`)
    const acts = page.getByRole('group', { name: t.post.actions })
    const up = acts.getByRole('button', { name: t.post.up })
    const keep = acts.getByRole('button', { name: t.post.bookmark })
    expect(await up.textContent()).toContain('0')
    await up.click()
    await acts.getByRole('button', { name: `${t.post.up} 1`, pressed: true }).waitFor()
    await keep.click()
    await acts.getByRole('button', { name: t.post.bookmark, pressed: true }).waitFor()
    await expect.poll(async () => (await asker.api('GET', '/me/bookmarks')).json().items).toHaveLength(1)
    await go('/bookmarks')
    await page.getByRole('link', { name: post.title }).click()
    await up.click()
    await acts.getByRole('button', { name: `${t.post.up} 0`, pressed: false }).waitFor()
  })

  test('sees the own vote before the server answers, and why it did not count', async () => {
    const { page, t, go } = await site.visit({ ...looks[0], as: asker })
    const moderator = await site.app.member(undefined, 'moderator')
    await go(`/p/${post.id}`)
    const held = Promise.withResolvers<void>()
    await page.route('**/vote', async (route) => {
      await held.promise
      await route.continue()
    })
    const up = page.getByRole('group', { name: t.post.actions }).getByRole('button', { name: t.post.up })
    await up.click()
    await page.getByRole('button', { name: `${t.post.up} 1`, pressed: true }).waitFor()
    await agree(moderator, ['PUT', `/members/${asker.id}/block`, { reason: '도배' }])
    held.resolve()
    await page.getByRole('button', { name: `${t.post.up} 0`, pressed: false }).waitFor()
    await page
      .getByText(t.errors.blocked({ reason: '도배', until: '' }))
      .first()
      .waitFor()
  })

  test.each(swappedLooks)('says that something new came without moving the list ($name)', async (look) => {
    for (let i = 0; i < 20; i++) await site.app.post(other, talk, { title: `글 ${i}` })
    const { page, t, go } = await site.visit({ ...look, as: asker })
    await page.clock.install()
    await go('/b/talk')
    const places = () =>
      page
        .getByRole('main')
        .getByRole('listitem')
        .evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().top))
    await page.evaluate(() => window.scrollTo(0, 300))
    const before = await places()
    pass(site.app)
    const title = `방금 쓴 글, ${look.name}`
    await site.app.post(other, talk, { title })
    await page.clock.fastForward(61_000)
    const notice = page.getByRole('status').getByRole('link', { name: t.keys.newPosts.one })
    await notice.waitFor()
    expect(await places()).toEqual(before)
    expect(await page.evaluate(() => window.scrollY)).toBe(300)
    await notice.click()
    await page.getByRole('main').getByRole('link', { name: title }).waitFor()
  })
})
