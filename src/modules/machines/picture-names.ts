import { hash } from 'node:crypto'
import { paths } from '#paths.ts'

/** What a picture shows beside a link. `kind` and `id` find it again; everything else is drawn. */
export type Drawn = {
  kind: 'post' | 'board' | 'site'
  id: number
  /** The site's name, at the bottom. */
  site: string
  /** The board's name, above the title. */
  board: string
  title: string
  /** Who wrote it, or what it is about. */
  line: string
}

/** Changes when the drawing itself does. */
const drawing = 1

/** A name that changes with what is drawn, so that a picture may be kept for ever: `post-12-1a2b3c4d5e`. */
export function pictureName({ kind, id, ...drawn }: Drawn): string {
  const { site, board, title, line } = drawn
  const stamp = hash('sha256', JSON.stringify([drawing, site, board, title, line]))
  return `${kind}-${id}-${stamp.slice(0, 10)}`
}

export const picturePath = (drawn: Drawn) => paths.picture(pictureName(drawn))

/** The parts of a name; null for what is none. */
export function readPictureName(name: string): Pick<Drawn, 'kind' | 'id'> | null {
  const [, kind, id] = /^(post|board|site)-(\d{1,15})-[0-9a-f]{10}$/.exec(name) ?? []
  if (kind !== 'post' && kind !== 'board' && kind !== 'site') return null
  return { kind, id: Number(id) }
}

type Named = { id: number; name: string }

export function drawnPost(
  site: string,
  post: { id: number; title: string; board: { name: string }; author: Named | null },
): Drawn {
  const { id, title, board, author } = post
  return { kind: 'post', id, site, board: board.name, title, line: author?.name ?? '' }
}

export function drawnBoard(site: string, board: Named & { about: string }): Drawn {
  return { kind: 'board', id: board.id, site, board: '', title: board.name, line: board.about }
}

export function drawnSite(site: string): Drawn {
  return { kind: 'site', id: 0, site, board: '', title: site, line: '' }
}
