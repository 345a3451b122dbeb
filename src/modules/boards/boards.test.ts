import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'

let site: TestApp
let admin: Actor
let mod: Actor
let member: Actor
beforeAll(async () => {
  site = await makeTestApp()
  admin = await site.member(undefined, 'administrator')
  mod = await site.member(undefined, 'moderator')
  member = await site.member()
})
afterAll(() => site[Symbol.asyncDispose]())

type Branch = { slug: string; total: number; posts: number; children: Branch[] }
let count = 0
const newSlug = () => `b${++count}-x`
const create = (values: Record<string, unknown>, who: Pick<Actor, 'api'> = admin) =>
  who.api('POST', '/boards', { slug: newSlug(), name: 'A board', ...values })
const change = (slug: string, values: Record<string, unknown>, who: Pick<Actor, 'api'> = admin) =>
  who.api('PATCH', `/boards/${encodeURIComponent(slug)}`, values)
const tree = async (who: Pick<Actor, 'api'> = site.guest): Promise<Branch[]> =>
  (await who.api('GET', '/boards')).json().items
const slugsOf = (branches: readonly Branch[]): string[] =>
  branches.flatMap((b) => [b.slug, ...slugsOf(b.children)])

describe('arranging boards', () => {
  test('is for administrators alone', async () => {
    const asked = { slug: 'asked', name: 'Asked' }
    expect((await site.guest.api('POST', '/boards', asked)).statusCode).toBe(401)
    expect((await member.api('POST', '/boards', asked)).statusCode).toBe(403)
    expect((await mod.api('POST', '/boards', asked)).statusCode).toBe(403)
    const answer = await admin.api('POST', '/boards', asked)
    expect(answer.statusCode).toBe(201)
    expect(answer.json()).toMatchObject({
      slug: 'asked',
      kind: 'discussion',
      readBy: 'everyone',
      writeBy: 'members',
      downvotes: false,
      posts: 0,
    })
    for (const who of [site.guest, member, mod]) {
      expect((await change('asked', { name: 'Mine' }, who)).statusCode).toBe(who === site.guest ? 401 : 403)
    }
    expect((await change('asked', { name: 'Renamed' })).json()).toMatchObject({
      slug: 'asked',
      name: 'Renamed',
    })
  })

  test('writes a line into the log with who did it', async () => {
    const { id } = (await create({})).json()
    const row = await site.db
      .selectFrom('moderation_log')
      .selectAll()
      .where('board_id', '=', id)
      .executeTakeFirstOrThrow()
    expect(row).toMatchObject({ by_id: admin.id, act: 'board.create' })
  })

  test('takes a slug once, whatever its case or form', async () => {
    expect((await create({ slug: '게시판' })).statusCode).toBe(201)
    for (const slug of ['게시판', '게시판'.normalize('NFD')]) {
      const answer = await create({ slug })
      expect(answer.statusCode).toBe(409)
      expect(answer.json().errors[0]).toMatchObject({ field: 'slug', code: 'taken' })
    }
    await create({ slug: 'Upper' })
    expect((await create({ slug: 'uPPER' })).statusCode).toBe(409)
    expect((await change('upper', { slug: '게시판' })).statusCode).toBe(409)
    expect((await site.guest.page('/b/%EA%B2%8C%EC%8B%9C%ED%8C%90')).statusCode).toBe(200)
    expect((await site.guest.page('/b/UPPER')).statusCode).toBe(200)
  })

  test.each([
    ['an empty slug', { slug: '' }, 'slug'],
    ['a slug with a slash', { slug: 'a/b' }, 'slug'],
    ['a slug with dots', { slug: '..' }, 'slug'],
    ['a slug of 41 letters', { slug: 'a'.repeat(41) }, 'slug'],
    ['a slug with a NUL', { slug: 'a\0b' }, 'slug'],
    ['an invisible name', { name: '\u200b' }, 'name'],
    ['a name of 61 letters', { name: 'a'.repeat(61) }, 'name'],
    ['a long description', { about: 'a'.repeat(501) }, 'about'],
    ['a parent that is not there', { parent: 'nowhere-at-all' }, 'parent'],
    ['an unknown rule', { readBy: 'nobody' }, 'readBy'],
  ])('refuses %s', async (_title, values, field) => {
    const answer = await create(values)
    expect(answer.statusCode).toBe(422)
    expect(answer.json().errors.map((error: { field: string }) => error.field)).toContain(field)
  })

  test('keeps the place in the tree when only the name changes', async () => {
    const parent = (await create({})).json().slug
    const child = (await create({ parent })).json().slug
    await change(child, { name: 'Other name' })
    const branch = (await tree()).find((board) => board.slug === parent)
    expect(branch?.children.map((board) => board.slug)).toEqual([child])
    await change(child, { parent: null })
    expect(slugsOf(await tree()).filter((slug) => slug === child)).toHaveLength(1)
    expect((await tree()).map((board) => board.slug)).toContain(child)
  })
})

describe('the tree of boards', () => {
  test('is as deep as it is, and each branch counts its posts', async () => {
    const chain: string[] = []
    for (let depth = 0; depth < 30; depth++) {
      const parent = chain.at(-1) ?? null
      chain.push((await create({ parent })).json().slug)
    }
    const [root = '', deepest = ''] = [chain[0], chain.at(-1)]
    await member.api('POST', `/boards/${deepest}/posts`, { title: 'Deep', body: 'x' })
    await member.api('POST', `/boards/${root}/posts`, { title: 'High', body: 'x' })
    let branch = (await tree()).find((board) => board.slug === root)
    expect(branch).toMatchObject({ posts: 1, total: 2 })
    for (const slug of chain) {
      expect(branch?.slug).toBe(slug)
      branch = branch?.children[0]
    }
    const list = (await site.guest.api('GET', `/boards/${root}/posts`)).json()
    expect(list.items.map((post: { title: string }) => post.title)).toEqual(['High', 'Deep'])
    expect((await site.guest.page(`/b/${root}`)).body).toContain('Deep')
    expect((await site.guest.api('GET', `/boards/${deepest}/posts`)).json().items).toHaveLength(1)
    expect((await site.guest.page('/boards')).statusCode).toBe(200)
  })

  test('never becomes a circle, also by two moves at once', async () => {
    const a = (await create({})).json().slug
    const b = (await create({ parent: a })).json().slug
    const c = (await create({ parent: b })).json().slug
    for (const parent of [a, b, c]) {
      const answer = await change(a, { parent })
      expect(answer.statusCode).toBe(422)
      expect(answer.json().errors[0]).toMatchObject({ field: 'parent', code: 'board-circle' })
    }
    const [x, y] = [(await create({})).json().slug, (await create({})).json().slug]
    const answers = await Promise.all([change(x, { parent: y }), change(y, { parent: x })])
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([200, 422])
    expect(slugsOf(await tree())).toEqual(expect.arrayContaining([a, b, c, x, y]))
  })
})

describe('who may read a board', () => {
  const levels = { everyone: 'guest', members: 'member', moderators: 'moderator' } as const
  const people = () => ({ guest: site.guest, member, moderator: mod, administrator: admin })
  const ranks = ['guest', 'member', 'moderator', 'administrator'] as const

  test.each(['everyone', 'members', 'moderators'] as const)(
    'is asked at every path to it and its posts (%s)',
    async (readBy) => {
      const board = (await create({ readBy, name: `Secret ${readBy}` })).json().slug
      const post = (
        await mod.api('POST', `/boards/${board}/posts`, {
          title: `Hidden ${readBy}`,
          body: 'secret',
          tags: ['secrettag'],
        })
      ).json()
      const comment = (
        await mod.api('POST', `/posts/${post.id}/comments`, { body: `said to ${readBy}` })
      ).json()
      const since = encodeURIComponent('2026-01-01T00:00:00Z')
      for (const rank of ranks) {
        const who = people()[rank]
        const mayRead = ranks.indexOf(rank) >= ranks.indexOf(levels[readBy])
        const status = mayRead ? 200 : 404
        const seen = [
          await who.api('GET', `/boards/${board}/posts`),
          await who.api('GET', `/boards/${board}/news?since=${since}`),
          await who.api('GET', `/posts/${post.id}`),
          await who.api('GET', `/posts/${post.id}/comments`),
          await who.api('GET', `/posts/${post.id}/versions`),
          await who.api('GET', `/posts/${post.id}/versions/1`),
          await who.api('GET', `/posts/${post.id}/versions.csv`),
          await who.api('GET', `/comments/${comment.id}/versions`),
          await who.api('GET', `/comments/${comment.id}/versions/1`),
          await who.api('GET', `/comments/${comment.id}/versions.csv`),
          await who.page(`/b/${board}`),
          await who.page(`/p/${post.id}/hidden-${readBy}`),
          await who.page(`/p/${post.id}/history`),
          await who.page(`/p/${post.id}/history/1`),
          await who.page(`/c/${comment.id}/history`),
        ]
        expect(
          seen.map((answer) => answer.statusCode),
          rank,
        ).toEqual(seen.map(() => status))
        expect((await who.page(`/c/${comment.id}`)).statusCode).toBe(mayRead ? 302 : 404)
        const lists = [
          await who.api('GET', '/boards'),
          await who.api('GET', '/posts?limit=100'),
          await who.page('/'),
          await who.page('/boards'),
          await who.page('/t/secrettag'),
          await who.page(`/m/${mod.name}`),
          await who.page(`/m/${mod.name}/comments`),
        ]
        expect(lists.map((answer) => answer.statusCode)).toEqual(lists.map(() => 200))
        if (mayRead) continue
        const hidden = new RegExp(`(Secret|Hidden|said to) ${readBy}`)
        for (const answer of lists) expect(answer.body, rank).not.toMatch(hidden)
      }
    },
  )

  test('and what may not be read may not be touched either', async () => {
    const board = (await create({ readBy: 'moderators' })).json().slug
    const post = (await mod.api('POST', `/boards/${board}/posts`, { title: 'T', body: 'x' })).json()
    const comment = (await mod.api('POST', `/posts/${post.id}/comments`, { body: 'y' })).json()
    const answers = [
      await member.api('POST', `/boards/${board}/posts`, { title: 'a', body: 'b' }),
      await member.api('PATCH', `/posts/${post.id}`, { body: 'z' }),
      await member.api('DELETE', `/posts/${post.id}`),
      await member.api('PUT', `/posts/${post.id}/restored`),
      await member.api('PUT', `/posts/${post.id}/vote`, { value: 1 }),
      await member.api('DELETE', `/posts/${post.id}/vote`),
      await member.api('PUT', `/posts/${post.id}/bookmark`),
      await member.api('PUT', `/posts/${post.id}/accepted`, { comment: comment.id }),
      await member.api('POST', `/posts/${post.id}/comments`, { body: 'z' }),
      await member.api('PATCH', `/comments/${comment.id}`, { body: 'z' }),
      await member.api('DELETE', `/comments/${comment.id}`),
      await member.api('PUT', `/comments/${comment.id}/restored`),
      await member.api('PUT', `/comments/${comment.id}/vote`, { value: 1 }),
      await member.api('DELETE', `/comments/${comment.id}/vote`),
      await member.page(`/p/${post.id}/edit`),
      await member.page(`/p/${post.id}/reply`),
      await member.page(`/c/${comment.id}/reply`),
      await member.page(`/c/${comment.id}/edit`),
    ]
    expect(answers.map((answer) => answer.statusCode)).toEqual(answers.map(() => 404))
  })
})

describe('a board under a stricter one', () => {
  test('is never more open than it, when made, moved or left behind', async () => {
    const strict = (await create({ readBy: 'members' })).json().slug
    const born = (await create({ parent: strict, readBy: 'everyone' })).json()
    expect(born.readBy).toBe('members')
    expect((await change(born.slug, { readBy: 'everyone' })).json().readBy).toBe('members')
    const open = (await create({})).json().slug
    const below = (await create({ parent: open })).json().slug
    expect((await change(open, { parent: strict })).json().readBy).toBe('members')
    await change(strict, { readBy: 'moderators' })
    const seen = slugsOf(await tree(member))
    for (const slug of [strict, born.slug, open, below]) expect(seen).not.toContain(slug)
    expect(slugsOf(await tree(mod))).toEqual(expect.arrayContaining([strict, born.slug, open, below]))
    await change(strict, { readBy: 'everyone' })
    expect(slugsOf(await tree(member))).not.toContain(below)
  })
})

describe('who may write in a board', () => {
  let board: string
  beforeEach(async () => {
    board = (await create({ writeBy: 'moderators' })).json().slug
  })
  const write = (who: Pick<Actor, 'api'>) =>
    who.api('POST', `/boards/${board}/posts`, { title: 'a', body: 'b' })

  test('is asked of posts; comments stay open to members', async () => {
    expect((await write(site.guest)).statusCode).toBe(401)
    const refused = await write(member)
    expect(refused.statusCode).toBe(403)
    expect(refused.json().code).toBe('board-closed')
    const post = await write(mod)
    expect(post.statusCode).toBe(201)
    expect(
      (await member.api('POST', `/posts/${post.json().id}/comments`, { body: 'hello' })).statusCode,
    ).toBe(201)
  })

  test('decides which boards the writing page offers', async () => {
    expect((await member.page('/write')).body).not.toContain(`value="${board}"`)
    expect((await mod.page('/write')).body).toContain(`value="${board}"`)
    expect((await site.guest.page(`/write?board=${board}`)).headers.location).toBe(
      `/sign-in?next=${encodeURIComponent(`/write?board=${board}`)}`,
    )
  })
})
