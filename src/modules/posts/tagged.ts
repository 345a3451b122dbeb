import { type Db, lookUp } from '#platform/database.ts'

/** `isRare`: its posts are found sooner one by one than on the way through a list. */
export type Tag = { name: string; isRare: boolean }
type Bind = (value: unknown) => string

/** Posts; to look up so many takes some 15 ms. */
const few = 3000

export async function findTag(db: Db, name: string): Promise<Tag> {
  const [row] = await lookUp<{ posts: number }>(db, 'select posts from tags where name = $1', [name])
  return { name, isRare: (row?.posts ?? 0) <= few }
}

/** SQL: whether the post `p` has the tag. */
export const hasTag = (tag: Tag, bind: Bind) => `p.tags @> array[${bind(tag.name)}]::text[]`

/** The same where the first posts in some order are looked for. */
export function amongTagged(tag: Tag, bind: Bind): string {
  if (!tag.isRare) return hasTag(tag, bind)
  return `p.id = any(array(select post_id from post_tags where tag = ${bind(tag.name)}))`
}
