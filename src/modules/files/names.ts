import { paths } from '#paths.ts'
import { BadRequest, NotFound } from '#platform/errors.ts'

/** 128 random bits; a file's address is this, an optional size, and `.webp`. */
const address = /^([0-9a-f]{32})(?:-(\d{2,4}))?\.webp$/
const inText = /\/files\/([0-9a-f]{32})(?:-\d{2,4})?\.webp/g

/** @throws BadRequest for what tries to be a path, NotFound for what is no file's address */
export function readAddress(text: string): { name: string; size: number | null } {
  const [, name, size] = address.exec(text) ?? []
  if (name) return { name, size: size ? Number(size) : null }
  if (/\.\.|[/\\\0]/.test(text)) throw new BadRequest('bad-request')
  throw new NotFound()
}

/** The files that a text shows, each once. A text's length bounds their number. */
export function fileNamesIn(text: string): string[] {
  if (!text.includes('/files/')) return []
  return [...new Set(Array.from(text.matchAll(inText), (match) => match[1] ?? ''))]
}

export const keyOf = (name: string, size: number) => `${name}-${size}.webp`

/** The smallest stored size that is large enough, else the largest. */
export function sizeFor(sizes: readonly number[], wanted: number | null): number {
  const last = sizes[sizes.length - 1] ?? 0
  return wanted === null ? last : (sizes.find((size) => size >= wanted) ?? last)
}

/** What a writer puts where the picture shall stand. */
export function markdownOf(image: { name: string; title: string }): string {
  return `![${image.title.replace(/[\s[\]\\]+/g, ' ').trim()}](${paths.file(image.name)})`
}
