import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { on } from '#freshness.ts'
import { findProfile } from '#modules/accounts/members.ts'
import { findBranch } from '#modules/boards/boards.ts'
import { type Feed, type FeedEnding, lastChange, tagOf, toItem, writeFeed } from '#modules/machines/feeds.ts'
import { textsOf } from '#modules/machines/queries.ts'
import { type ListScope, listPosts } from '#modules/posts/queries.ts'
import { type FeedPlace, paths } from '#paths.ts'
import { namesTag } from '#platform/http/conditions.ts'
import { dependsOn } from '#platform/http/page-cache.ts'
import type { Server } from '#platform/http/server.ts'
import { keptPage } from '#ui/kept.ts'
import type { Web } from '#ui/web.ts'
import { isLanguage, languages, type Words } from '#words/words.ts'

const size = 30
const types: Record<FeedEnding, string> = {
  xml: 'application/rss+xml; charset=utf-8',
  atom: 'application/atom+xml; charset=utf-8',
  json: 'application/feed+json; charset=utf-8',
}
const endings = ['xml', 'atom', 'json'] as const

/** What a feed is of, found for a guest. */
type Source = { scope: ListScope; of: FeedPlace | null; title: string; about: string; home: string }
type Site = { name: string; description: string; words: Words }

/**
 * Feeds of the site, a board with those below it, a tag, a member; in three formats. They show what guests may read,
 * whoever asks: a feed reader sends no cookie, and a feed is kept by machines in between.
 */
export function feedPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const Name = Type.String({ maxLength: 200 })
  const config = keptPage()
  for (const ending of endings) {
    pages.get(`/feed.${ending}`, { config }, (request, reply) =>
      answer(web, { request, reply, ending }, async (site) => ofSite(site)),
    )
    pages.get(
      `/b/:slug/feed.${ending}`,
      { schema: { params: Type.Object({ slug: Name }) }, config },
      (request, reply) =>
        answer(web, { request, reply, ending }, async ({ name, words }) => {
          const { board, ids } = await findBranch(db, null, request.params.slug)
          return {
            scope: { in: 'boards', ids },
            of: { board: board.slug },
            title: words.machines.feedOf({ name: board.name, site: name }),
            about: board.about || words.machines.boardAbout({ board: board.name, site: name }),
            home: paths.board(board.slug),
          }
        }),
    )
    pages.get(
      `/t/:tag/feed.${ending}`,
      { schema: { params: Type.Object({ tag: Name }) }, config },
      (request, reply) =>
        answer(web, { request, reply, ending }, async ({ name: site, words }) => {
          const tag = request.params.tag.normalize('NFC').toLowerCase()
          return {
            scope: { in: 'tag', tag },
            of: { tag },
            title: words.machines.feedOfTag({ name: tag, site }),
            about: words.machines.tagAbout({ name: tag, site }),
            home: paths.tag(tag),
          }
        }),
    )
    pages.get(
      `/m/:name/feed.${ending}`,
      { schema: { params: Type.Object({ name: Name }) }, config },
      (request, reply) =>
        answer(web, { request, reply, ending }, async ({ name: site, words }) => {
          const { id, name, about } = await findProfile(db, request.params.name, web.now())
          return {
            scope: { in: 'author', memberId: id },
            of: { member: name },
            title: words.machines.feedOf({ name, site }),
            about: about || words.machines.memberAbout({ name, site }),
            home: paths.member(name),
          }
        }),
    )
  }
}

function ofSite({ name, description, words }: Site): Source {
  return {
    scope: { in: 'everywhere' },
    of: null,
    title: name,
    about: description || words.list.welcomeText,
    home: paths.home(),
  }
}

type Asked = { request: FastifyRequest; reply: FastifyReply; ending: FeedEnding }

/** `?lang=`, else the site's language: what is kept by its address must not depend on who asked. */
function languageOf(web: Web, { query }: FastifyRequest) {
  const asked = typeof query === 'object' && query !== null && 'lang' in query ? query.lang : undefined
  return isLanguage(asked) ? asked : web.deps.config.defaultLanguage
}

async function answer(
  web: Web,
  { request, reply, ending }: Asked,
  find: (site: Site) => Promise<Source>,
): Promise<FastifyReply> {
  const { db, site, assets } = web.deps
  const language = languageOf(web, request)
  const words = languages[language]
  const { name, description, logo } = await site.current(web.now())
  const source = await find({ name, description, words })
  const options = { scope: source.scope, sort: 'latest', after: null, limit: size, now: web.now() } as const
  const { posts } = await listPosts(db, null, options)
  // Names stand in it, and nothing else of a member.
  const names = posts.flatMap((post) => (post.author ? [on.member(post.author.id)] : []))
  dependsOn(request, [on.posts, ...names])
  const texts = await textsOf(
    db,
    posts.map((post) => post.id),
  )
  const origin = web.address
  const items = posts.flatMap((post) => {
    const text = texts.get(post.id)
    return text ? [toItem({ ...post, ...text }, { origin, gone: words.post.gone })] : []
  })
  const feed: Feed = {
    title: source.title,
    about: source.about,
    language,
    home: origin + source.home,
    self: origin + paths.feed(ending, source.of),
    icon: origin + (logo ? paths.file(logo, 512) : assets.icon('app-512.png')),
    items,
  }
  return send({ request, reply, ending }, feed)
}

/** Whoever has it already gets no second copy. */
function send({ request, reply, ending }: Asked, feed: Feed): FastifyReply {
  const text = writeFeed(ending, feed)
  const tag = tagOf(text)
  const changed = lastChange(feed).toUTCString()
  reply.headers({ etag: tag, 'last-modified': changed, 'cache-control': 'public, max-age=60' })
  const { 'if-none-match': known, 'if-modified-since': since } = request.headers
  const isKnown = known === undefined ? since === changed : namesTag(known, tag)
  return isKnown ? reply.code(304).send() : reply.type(types[ending]).send(text)
}
