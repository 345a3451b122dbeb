import { describe, expect, test } from 'vitest'
import { discourseArchives, post, topic } from '#test/support/discourse-archives.ts'

const { run, folderOf, postsOf, threadOf } = discourseArchives()
const link = (href: string) => `<a href="${href}">x</a>`
const told = (base: string) => ({ details: { links: [{ url: `${base}/t/x/1`, internal: true }] } })

describe('links that lead elsewhere than to topics', () => {
  test('lead to the boards, tags and members here; a second run changes none of them', async () => {
    const hrefs = [
      '/c/room/6',
      '/c/above/room/6/l/top',
      '/c/room/99',
      '/tag/two',
      '/tag/two/31',
      '/tag/none',
      '/tag/2020',
    ]
    const people = [
      '/u/person2',
      'https://l.example/users/PERSON2/activity',
      '/u/stranger',
      '/my/preferences',
    ]
    const folder = folderOf({
      'categories.json': { categories: [{ id: 6, name: 'Room', slug: 'room' }] },
      '1.json': topic(
        1,
        [post(1, { cooked: `<p>${[...hrefs, ...people].map(link).join(' ')}</p>` }), post(2)],
        {
          ...told('https://l.example'),
          category_id: 6,
          tags: ['two', '2020'],
        },
      ),
    })
    await run(folder)
    const old = (path: string) => `[x](https://l.example${path})`
    const [first] = await postsOf('l.example')
    expect(first?.body.split(' ')).toEqual([
      '[x](/b/room)',
      '[x](/b/room)',
      old('/c/room/99'),
      '[x](/t/two)',
      '[x](/t/two)',
      old('/tag/none'),
      old('/tag/2020'),
      '[x](/m/person2)',
      '[x](/m/person2)',
      old('/u/stranger'),
      old('/my/preferences'),
    ])
    expect((await run(folder)).added.links).toBe(0)
    expect((await postsOf('l.example'))[0]?.body).toBe(first?.body)
  })

  test('stand below the path of a forum that has one', async () => {
    const base = 'https://s.example/forum'
    const cooked = `<p>${['/forum/t/x/2', `${base}/t/x/2/2`, '/forum/tag/two', '/t/x/2', '/forum/about'].map(link).join(' ')}</p>`
    await run(
      folderOf({
        '1.json': topic(1, [post(1, { cooked })], told(base)),
        '2.json': topic(2, [post(1), post(2)]),
      }),
      {
        name: 'below',
      },
    )
    const [first, second] = await postsOf('below')
    const [reply] = await threadOf('below:comment:2')
    expect(first?.body.split(' ')).toEqual([
      `[x](/p/${second?.id}/topic-2)`,
      `[x](/c/${reply?.id})`,
      '[x](/t/two)',
      '[x](https://s.example/t/x/2)',
      '[x](https://s.example/forum/about)',
    ])
  })
})
