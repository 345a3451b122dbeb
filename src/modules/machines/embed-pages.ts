import { Type } from 'typebox'
import { paths } from '#paths.ts'
import { NotFound, Refusal } from '#platform/errors.ts'
import { excerptOf } from '#platform/excerpt.ts'
import { html } from '#platform/html.ts'
import type { Server } from '#platform/http/server.ts'
import type { Web } from '#ui/web.ts'
import { drawnPost, picturePath } from './picture-names.ts'
import { type EmbeddedPost, openPost } from './queries.ts'

/** oEmbed has other formats; who asks for one that is not there is told so by this status. */
class NoSuchFormat extends Refusal {
  override readonly name = 'NoSuchFormat'
  readonly status = 501
}

const Size = Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 }))
const Query = Type.Object({
  url: Type.String({ maxLength: 2000 }),
  format: Type.Optional(Type.String({ maxLength: 20 })),
  maxwidth: Size,
  maxheight: Size,
})

const picture = { width: 1200, height: 630 }

/** GET /oembed: how another site shows one of our posts (oembed.com). Only what everybody may read. */
export function embedPages(pages: Server, web: Web): void {
  const { db, site } = web.deps
  pages.get('/oembed', { schema: { querystring: Query } }, async (request, reply) => {
    const { url, format = 'json', maxwidth = 600, maxheight } = request.query
    if (format !== 'json') throw new NoSuchFormat('bad-request')
    const id = postOf(url, [web.address, web.origin(request)])
    const post = id === null ? null : await openPost(db, id)
    if (!post) throw new NotFound()
    const origin = web.address
    const { name } = await site.current(web.now())
    const fits = maxwidth >= picture.width && (maxheight ?? picture.height) >= picture.height
    const answer = {
      version: '1.0',
      type: 'rich',
      provider_name: name,
      provider_url: `${origin}/`,
      title: post.title,
      ...(post.author
        ? { author_name: post.author.name, author_url: origin + paths.member(post.author.name) }
        : {}),
      cache_age: 3600,
      html: quote(post, { origin, site: name }),
      width: Math.min(maxwidth, 600),
      height: Math.min(maxheight ?? 200, 200),
      ...(fits
        ? {
            thumbnail_url: origin + picturePath(drawnPost(name, post)),
            thumbnail_width: picture.width,
            thumbnail_height: picture.height,
          }
        : {}),
    }
    return reply
      .type('application/json; charset=utf-8')
      .header('cache-control', 'public, max-age=600')
      .send(JSON.stringify(answer))
  })
}

/** The post that an address of ours leads to. */
function postOf(text: string, origins: readonly string[]): number | null {
  if (!URL.canParse(text)) return null
  const { origin, pathname } = new URL(text)
  const id = /^\/p\/(\d{1,15})(?:\/|$)/.exec(pathname)?.[1]
  // As an address is written, a usual port is left out.
  return id && origins.some((own) => new URL(own).origin === origin) ? Number(id) : null
}

function quote(post: EmbeddedPost, { origin, site }: { origin: string; site: string }): string {
  const by = [post.author?.name, post.board.name, site].filter(Boolean).join(' · ')
  return html`<blockquote class="madang-post"><p><a href="${origin + paths.post(post)}">${post.title}</a></p><p>${excerptOf(
    post.html,
    280,
  )}</p><footer>${by}</footer></blockquote>`.text
}
