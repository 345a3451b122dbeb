import { ask, type Db } from '#platform/database.ts'

/**
 * Each counter beside the rows it counts: corrects what differs, a statement a counter. Counters change in the
 * transaction of what they count, so this should find nothing; it runs nightly to prove that.
 */
const counters: Record<string, string> = {
  'posts.votes': `
    update posts p set votes = n.votes, hot = hot_rank(n.votes, p.created_at) from (
      select p.id, p.imported_votes + coalesce(sum(v.value), 0)::int as votes
      from posts p left join post_votes v on v.post_id = p.id group by p.id
    ) n where n.id = p.id and n.votes <> p.votes`,
  'comments.votes': `
    update comments c set votes = n.votes from (
      select c.id, c.imported_votes + coalesce(sum(v.value), 0)::int as votes
      from comments c left join comment_votes v on v.comment_id = c.id group by c.id
    ) n where n.id = c.id and n.votes <> c.votes`,
  'posts.comments': `
    update posts p set comments = n.comments, answers = n.answers from (
      select p.id, count(c.id)::int as comments, count(c.id) filter (where c.is_answer)::int as answers
      from posts p left join comments c on c.post_id = p.id and c.deleted_at is null group by p.id
    ) n where n.id = p.id and (n.comments <> p.comments or n.answers <> p.answers)`,
  'boards.posts': `
    update boards b set posts = n.posts from (
      select b.id, count(p.id)::int as posts
      from boards b left join posts p on p.board_id = b.id and p.deleted_at is null group by b.id
    ) n where n.id = b.id and n.posts <> b.posts`,
  'tags.posts': `
    update tags t set posts = n.posts from (
      select t.name, count(p.id)::int as posts
      from tags t left join (select id, unnest(tags) as tag from posts where deleted_at is null) p on p.tag = t.name
      group by t.name
    ) n where n.name = t.name and n.posts <> t.posts`,
  // From the leaves up: a reply shows when it is not deleted or has replies that show.
  'comments.replies': `
    update comments c set replies = n.replies from (
      select c.id, count(child.id)::int as replies
      from comments c
      left join comments child on child.parent_id = c.id and (
        child.deleted_at is null
        or exists (
          select from comments below
          where below.post_id = child.post_id and below.path > child.path and below.deleted_at is null
            and below.path[1:cardinality(child.path)] = child.path
        ))
      group by c.id
    ) n where n.id = c.id and n.replies <> c.replies`,
}

export type Repair = { counter: string; rows: number }

/** @returns the counters that were wrong and how many rows of each; empty when all agreed. */
export async function recount(db: Db, onProgress: (counter: string) => void = () => {}): Promise<Repair[]> {
  const repaired: Repair[] = []
  for (const [counter, text] of Object.entries(counters)) {
    onProgress(counter)
    const rows = await db.transaction().execute(async (tx) => {
      // Writers wait for the seconds that this takes at night rather than being miscounted.
      await ask(tx, 'set local statement_timeout = 0', [])
      await ask(tx, `lock table ${counter.split('.')[0]} in share row exclusive mode`, [])
      return ask(tx, `${text} returning 1`, [])
    })
    if (rows.length > 0) repaired.push({ counter, rows: rows.length })
  }
  return repaired
}
