import { describe, expect, test } from 'vitest'
import type { ShownComment } from '#modules/comments/shapes.ts'
import { postPage } from '#modules/pages/views/post.ts'
import { loadAssets } from '#platform/assets.ts'
import { pageFor, shownComments, shownPost, threadOf, viewerNamed } from '#test/support/fixtures.ts'
import { document } from '#ui/document.ts'
import { languages } from '#words/words.ts'
import { type CommentsData, commentSection } from './views.ts'

const nobody = { comment: false, accept: false }
const anybody = { comment: true, accept: false }
const member = viewerNamed('하늘')

function data(given: Partial<CommentsData> = {}): CommentsData {
  return {
    post: shownPost('ko', { kind: 'discussion', acceptedId: null }),
    thread: threadOf(shownComments('ko')),
    order: 'date',
    may: nobody,
    state: { values: {}, errors: {} },
    ...given,
  }
}

const evil = '"><script>alert(1)</script>'

describe('comments', () => {
  test('nest no deeper than six levels and say whom a deeper one answers', () => {
    const text = commentSection(pageFor('ko'), data()).text
    let depth = 0
    let deepest = 0
    for (const [tag] of text.matchAll(/<ol class="cs">|<\/ol>/g)) {
      depth += tag === '</ol>' ? -1 : 1
      deepest = Math.max(deepest, depth)
    }
    expect(depth).toBe(0)
    expect(deepest).toBe(6)
    expect(text).toContain('님에게</a>')
  })

  test('that are missing under a question are asked of others, and announced to its asker', () => {
    const t = languages.ko.comment
    const post = shownPost('ko', {
      kind: 'question',
      acceptedId: null,
      author: { id: member.id, name: '하늘' },
    })
    const given = data({ post, thread: threadOf([]), may: anybody })
    const seenBy = (viewer: typeof member) => commentSection(pageFor('ko', { viewer }), given).text
    expect(seenBy(member)).toContain(t.noAnswersOwn)
    expect(seenBy({ ...member, id: member.id + 1 })).toContain(t.noAnswersNext)
  })

  test('close every element they open, also when a page begins inside a thread', () => {
    const inside = shownComments('ko').slice(8)
    const text = commentSection(pageFor('ko'), data({ thread: threadOf(inside, { previous: true }) })).text
    for (const tag of ['ol', 'li', 'details', 'article']) {
      expect(text.match(new RegExp(`<${tag}[ >]`, 'g'))?.length, tag).toBe(
        text.match(new RegExp(`</${tag}>`, 'g'))?.length,
      )
    }
  })

  test('a deleted one leaves its place without its text, and moderators see the text', () => {
    const deleted = { ...(shownComments('ko')[0] as ShownComment), deleted: true, author: null }
    const hidden = commentSection(pageFor('ko'), data({ thread: threadOf([{ ...deleted, html: '' }]) })).text
    expect(hidden).toContain('삭제된 댓글입니다.')
    expect(hidden).toContain(`id="c${deleted.id}"`)
    const moderator = pageFor('ko', { viewer: viewerNamed('윤슬', { role: 'moderator' }) })
    const seen = commentSection(
      moderator,
      data({ thread: threadOf([{ ...deleted, html: '<p>지운 글</p>' }]) }),
    ).text
    expect(seen).toContain('지운 글')
    expect(seen).toContain(`/c/${deleted.id}/restore`)
  })

  test('names are escaped wherever they stand', () => {
    const comments = shownComments('ko').map((one) => ({ ...one, author: { id: 3, name: evil } }))
    for (const viewer of [null, member]) {
      const text = commentSection(
        pageFor('ko', { viewer }),
        data({ thread: threadOf(comments), may: anybody }),
      ).text
      expect(text).not.toContain('<script>')
    }
  })

  test('guests get no form at all, members vote and reply', () => {
    const guest = commentSection(pageFor('ko'), data()).text
    expect(guest).not.toContain('<form')
    expect(guest).toContain('/sign-in?next=')
    const own = commentSection(pageFor('ko', { viewer: member }), data({ may: anybody })).text
    expect(own).toContain('action="/c/101/vote"')
    expect(own).toContain('href="/c/101/reply"')
    expect(own).toContain('action="/p/999/comments"')
  })

  test('a locked post and a blocked member are told why there is no form', () => {
    const lock = { by: null, at: new Date(), reason: '' }
    const locked = commentSection(
      pageFor('en', { viewer: member }),
      data({ post: shownPost('en', { lock }) }),
    ).text
    expect(locked).toContain(languages.en.comment.lockedTitle)
    const blocked = viewerNamed('하늘', { blocked: { why: 'blocked', reason: '광고', until: null } })
    const text = commentSection(pageFor('ko', { viewer: blocked }), data()).text
    expect(text).toContain('광고')
    expect(text).not.toContain('<form')
  })

  test('what came after the last visit is marked, one’s own comments are not', () => {
    const post = shownPost('ko', {
      kind: 'discussion',
      mine: { vote: 0, bookmarked: false, lastReadCommentId: 117, readAt: null, readComments: 17 },
    })
    const [a, b, c] = shownComments('ko').slice(-3)
    if (!a || !b || !c) throw new Error('fixtures')
    const comments = [a, { ...b, author: { id: member.id, name: member.name } }, c]
    const text = commentSection(
      pageFor('ko', { viewer: member }),
      data({ post, thread: threadOf(comments) }),
    ).text
    expect(text.match(/class="c nw"/g)).toHaveLength(2)
    expect(text).toContain('2개 늘었습니다')
    expect(text.match(/class="here"/g)).toHaveLength(1)

    // The thread goes on over pages: those that this one does not show are new as well.
    const pages = { ...threadOf(comments), next: 'further' }
    const long = { ...post, comments: 79 }
    const first = commentSection(pageFor('ko', { viewer: member }), data({ post: long, thread: pages })).text
    expect(first).toContain('62개 늘었습니다')
  })

  test('who turns to the next page of a thread is not told that it grew', () => {
    const turned = (lastReadCommentId: number) => {
      const mine = { vote: 0 as const, bookmarked: false, lastReadCommentId, readAt: null, readComments: 79 }
      const post = { ...shownPost('ko', { kind: 'discussion', mine }), comments: 79 }
      const thread = { ...threadOf(shownComments('ko').slice(-3)), previous: true }
      return commentSection(pageFor('ko', { viewer: member }), data({ post, thread })).text
    }
    const allUnread = turned(117)
    expect(allUnread).not.toContain('id="fresh"')
    expect(allUnread).not.toContain('class="c nw"')
    const someUnread = turned(118)
    expect(someUnread).toContain(languages.ko.comment.unreadHere)
    expect(someUnread).not.toContain('늘었습니다')
    expect(someUnread).toContain('class="here"')
  })

  test('an accepted answer says so and only who may accept gets the button', () => {
    const question = { post: shownPost('ko'), thread: threadOf(shownComments('ko', { question: true })) }
    expect(commentSection(pageFor('ko'), data(question)).text).toContain('채택된 답변')
    const may = { comment: true, accept: true }
    const asker = commentSection(pageFor('ko', { viewer: member }), data({ ...question, may })).text
    expect(asker.match(/action="\/p\/999\/accepted"/g)?.length).toBe(6)
    const other = commentSection(pageFor('ko', { viewer: member }), data({ ...question, may: anybody })).text
    expect(other).not.toContain('/accepted"')
  })
})

describe('a post page of twenty comments', () => {
  const assets = loadAssets()
  const body = (language: 'ko' | 'en') => {
    const page = pageFor(language)
    const post = shownPost(language, { kind: 'discussion', acceptedId: null })
    const may = { edit: false, delete: false, restore: false, ...nobody }
    const thread = threadOf(shownComments(language))
    return {
      page,
      body: postPage(page, { post, may, thread, order: 'date', state: { values: {}, errors: {} } }),
      title: post.title,
    }
  }

  test.each(['ko', 'en'] as const)('is at most 40 kB for a guest, without script (%s)', (language) => {
    const { page, ...options } = body(language)
    const { text } = document(page, assets, options)
    expect(Buffer.byteLength(text)).toBeLessThan(40_000)
    expect(text).not.toContain('<script')
    expect(text).not.toMatch(/ style=| on\w+="/)
  })
})
