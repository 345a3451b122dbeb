import { beforeEach, expect, test } from 'vitest'
import type { Board } from '#modules/boards/shapes.ts'
import { paths } from '#paths.ts'
import { timeIn } from '#platform/zones.ts'
import type { Actor } from '#test/support/app.ts'
import { looks, swappedLooks } from './support/looks.ts'
import { agree, say } from './support/scene.ts'
import { describeInBrowser, useSite } from './support/site.ts'

describeInBrowser('moderation', () => {
  let member: Actor
  let author: Actor
  let moderator: Actor
  let talk: Board
  let post: { id: number; title: string }
  const site = useSite(async (app) => {
    talk = await app.board({ slug: 'talk', name: '자유 이야기' })
    await app.board({ slug: 'market', name: '사고팔기' })
    moderator = await app.member('도토리', 'moderator')
  })
  beforeEach(async () => {
    member = await site.app.member()
    author = await site.app.member()
    post = await site.app.post(author, talk, { title: `싸게 팝니다 ${author.name}` })
  })

  test.each(looks)('takes a report, shows it to moderators and closes it ($name)', async (look) => {
    const reporter = await site.visit({ ...look, as: member })
    const { page, t } = reporter
    await reporter.go(paths.post(post))
    await page.getByLabel(t.post.more).click()
    await page.getByRole('link', { name: t.post.report }).click()
    await page.getByRole('button', { name: t.moderation.send }).click()
    await page.getByRole('alert').waitFor()
    await page.getByLabel(t.moderation.reasons.spam).check()
    await page.getByLabel(t.moderation.detail).fill('같은 글이 여러 번 올라왔어요')
    await page.getByRole('button', { name: t.moderation.send }).click()
    await page.getByRole('heading', { level: 1, name: t.moderation.reported }).waitFor()

    const desk = await site.visit({ ...look, as: moderator })
    await desk.go('/')
    await desk.page.getByRole('link', { name: t.layout.openReports({ count: 1 }) }).click()
    const item = desk.page.getByRole('article').filter({ hasText: post.title })
    await item.getByText('같은 글이 여러 번 올라왔어요').waitFor()
    await item.getByLabel(t.moderation.note).fill('광고')
    await item.getByRole('button', { name: t.moderation.remove }).click()
    await desk.page.getByRole('status').getByText(t.moderation.resolved).waitFor()
    await desk.page.getByText(t.moderation.queueEmpty).waitFor()
    await desk.page.getByRole('link', { name: t.moderation.log }).click()
    await desk.page.getByRole('row').filter({ hasText: '광고' }).first().waitFor()

    await reporter.go(paths.post(post))
    await page.getByRole('heading', { level: 1, name: t.errorPages.titles[404] }).waitFor()
  })

  test.each(swappedLooks)('blocks a member, who sees why and until when ($name)', async (look) => {
    const { page, t, go } = await site.visit({ ...look, as: moderator })
    await go(paths.member(author.name))
    await page.getByRole('link', { name: t.member.moderate }).click()
    await page.getByRole('textbox', { name: t.admin.blockReason, exact: true }).fill('되풀이되는 광고')
    await page.getByLabel(t.admin.blockFor, { exact: true }).selectOption({ label: t.admin.periods['7'] })
    await page.getByRole('button', { name: t.admin.block }).click()
    await page.getByRole('status').getByText(t.admin.isBlocked).waitFor()

    const blocked = await site.visit({ ...look, as: author })
    await blocked.go(paths.post(post))
    await blocked.page.getByRole('heading', { name: t.comment.blockedTitle }).waitFor()
    const inAWeek = new Date(site.app.clock.now.getTime() + 7 * 86_400_000)
    const until = timeIn(site.app.deps.config.timeZone, inAWeek)
    await blocked.page.getByText(t.comment.blockedText({ reason: '되풀이되는 광고', until })).waitFor()
    expect(await blocked.page.getByRole('button', { name: t.write.reply }).count()).toBe(0)
  })

  test.each(looks)('pins, locks and moves a post with a reason that everybody sees ($name)', async (look) => {
    const { page, t, go } = await site.visit({ ...look, as: moderator })
    await go(paths.post(post))
    for (const [act, done] of [
      ['pin', t.post.pinnedBy({ by: moderator.name })],
      ['lock', t.post.lockedBy({ by: moderator.name })],
      ['move', t.post.movedBy({ by: moderator.name, from: talk.name })],
    ] as const) {
      await page.getByLabel(t.post.more).click()
      await page.getByRole('link', { name: t.post[act], exact: true }).click()
      if (act === 'move') await page.getByLabel(t.moderation.moveTo).selectOption('market')
      await page.getByLabel(t.moderation.reason).fill(`까닭: ${act}`)
      await page.getByRole('button', { name: t.moderation[act] }).click()
      await page.getByText(done).waitFor()
    }
    const guest = await site.visit(look)
    await guest.go('/b/market')
    await guest.page.getByRole('listitem').filter({ hasText: post.title }).getByText(t.list.locked).waitFor()
    await guest.page.getByRole('link', { name: post.title }).click()
    await guest.page.getByText('까닭: lock').waitFor()
    await guest.page.getByRole('heading', { name: t.comment.lockedTitle }).waitFor()
  })

  test.each(swappedLooks)('asks before a comment is deleted and leaves a tombstone ($name)', async (look) => {
    const comment = await say(author, post.id, { body: '지울 댓글' })
    await say(member, post.id, { body: '남을 답글', parent: comment.id })
    const { page, t, go } = await site.visit({ ...look, as: author })
    await go(paths.post(post))
    const own = page.getByRole('article').filter({ hasText: '지울 댓글' })
    await own.getByLabel(t.comment.more).click()
    await own.getByRole('link', { name: t.post.delete }).click()
    const dialog = page.getByRole('dialog', { name: t.write.deleteCommentTitle })
    await dialog.getByRole('button', { name: t.keys.no }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(await page.getByText('지울 댓글').count()).toBe(1)
    await own.getByRole('link', { name: t.post.delete }).click()
    await dialog.getByRole('button', { name: t.post.delete }).click()
    await page.getByText(t.comment.deleted).waitFor()
    await page.getByText('남을 답글').waitFor()
    expect(await page.getByText('지울 댓글').count()).toBe(0)
  })

  test('restores what was deleted', async () => {
    await agree(author, ['DELETE', `/posts/${post.id}`])
    const { page, t, go } = await site.visit({ ...looks[0], as: moderator })
    await go(paths.post(post))
    await page.getByText(t.post.deletedBy({ by: author.name })).waitFor()
    await page.getByRole('button', { name: t.post.restore, exact: true }).click()
    await page.waitForLoadState()
    await page.getByRole('heading', { level: 1, name: post.title }).waitFor()
    await page.getByText(t.post.deletedBy({ by: author.name })).waitFor({ state: 'detached' })
    expect(await page.getByText(t.post.deletedBy({ by: author.name })).count()).toBe(0)
  })
})
