import { Type } from 'typebox'
import { paths } from '#paths.ts'
import { NotFound } from '#platform/errors.ts'
import type { Server } from '#platform/http/server.ts'
import { Instant, nullable } from '#platform/http/shapes.ts'
import { renderMarkdown } from '#platform/markdown.ts'
import type { Web } from '#ui/web.ts'
import { findText, textNamed, textNames } from './texts.ts'

const tags = ['site']
const Name = Type.Enum([...textNames])
const About = Type.Object({
  name: Type.String(),
  description: Type.String({ description: 'What the site is for; empty where nobody said it' }),
  logo: nullable(Type.String({ description: 'Address of the logo, a square picture; null: there is none' })),
  texts: Type.Array(Type.Object({ name: Name, url: Type.String() }), {
    description: 'The texts that are published, with the addresses of their pages',
  }),
})
const Text = Type.Object({
  name: Name,
  url: Type.String(),
  body: Type.String({ description: 'Markdown' }),
  html: Type.String(),
  since: Instant,
})

/** What the site says about itself, to everybody. */
export function siteRoutes(api: Server, web: Web): void {
  const { db, site } = web.deps
  api.get(
    '/site',
    { schema: { tags, summary: 'What the site says about itself', response: { 200: About } } },
    async () => {
      const { name, description, logo, texts } = await site.current(web.now())
      return {
        name,
        description,
        logo: logo && paths.file(logo),
        texts: texts.map((one) => ({ name: one, url: paths.siteText(one) })),
      }
    },
  )
  const schema = {
    tags,
    summary: 'Rules, terms, privacy statement or contact, where it is published',
    params: Type.Object({ name: Type.String({ maxLength: 20 }) }),
    response: { 200: Text },
  }
  api.get('/site/texts/:name', { schema }, async (request) => {
    const text = await findText(db, textNamed(request.params.name))
    if (!text) throw new NotFound()
    const { name, body, since } = text
    return {
      name,
      url: paths.siteText(name),
      body,
      html: renderMarkdown(body),
      since: since.toISOString(),
    }
  })
}
