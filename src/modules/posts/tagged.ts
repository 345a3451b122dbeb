/** SQL: whether the post `p` has the tag that is bound as `tag`. Goes from whichever side has fewer rows. */
export function hasTag(tag: string): string {
  return `exists (select from post_tags k where k.tag = ${tag} and k.created_at = p.created_at and k.post_id = p.id)`
}
