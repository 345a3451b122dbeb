import { ask, type Db } from '#platform/database.ts'

/** Every counter beside the rows that it counts: the names of those that differ, with how many rows are wrong. */
export async function wrongCounters(db: Db): Promise<{ counter: string; rows: number }[]> {
  // Without statistics the many subqueries are planned for empty tables.
  await ask(db, 'analyze', [])
  return ask(db, `select * from (${checks.join(' union all ')}) c where rows > 0`, [])
}

const check = (counter: string, from: string) =>
  `select '${counter}' as counter, count(*) as rows from ${from}`
const shown = 'deleted_at is null'
const checks = [
  check(
    'boards.posts',
    `boards b where posts <> (select count(*) from posts p where p.board_id = b.id and p.${shown})`,
  ),
  check(
    'tags.posts',
    `tags t where posts <> (select count(*) from posts p where t.name = any(p.tags) and p.${shown})`,
  ),
  check(
    'tags',
    `(select distinct unnest(tags) as name from posts) n where not exists (select from tags t where t.name = n.name)`,
  ),
  check(
    'posts.comments',
    `posts p where comments <> (select count(*) from comments c where c.post_id = p.id and c.${shown})`,
  ),
  check(
    'posts.answers',
    `posts p where answers <> (select count(*) from comments c where c.post_id = p.id and c.is_answer and c.${shown})`,
  ),
  check(
    'posts.votes',
    `posts p where votes <> imported_votes + coalesce((select sum(value) from post_votes v where v.post_id = p.id), 0)`,
  ),
  check(
    'comments.votes',
    `comments c where votes <> imported_votes + coalesce((select sum(value) from comment_votes v where v.comment_id = c.id), 0)`,
  ),
  check('posts.hot', 'posts where hot <> hot_rank(votes, created_at)'),
  check(
    'posts.active_at',
    `posts p where active_at <> greatest(created_at, (select max(created_at) from comments c where c.post_id = p.id))`,
  ),
  check(
    'posts.version',
    `posts p where not exists (select from post_versions v where (v.post_id, v.version, v.title, v.tags) = (p.id, p.version, p.title, p.tags))
       or version <> (select count(*) from post_versions v where v.post_id = p.id)`,
  ),
  check(
    'comments.version',
    'comments c where version <> (select count(*) from comment_versions v where v.comment_id = c.id)',
  ),
  check(
    'comments.replies',
    `comments c where replies <> (select count(*) from comments d where d.parent_id = c.id and d.${shown})`,
  ),
  check(
    'comments.path',
    `comments c where path[cardinality(path)] <> id or path[cardinality(path) - 1] is distinct from parent_id
       or (parent_id is not null and path[1:cardinality(path) - 1] <> (select path from comments d where d.id = c.parent_id))`,
  ),
]
