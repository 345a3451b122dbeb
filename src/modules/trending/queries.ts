import { exposurePrior, signalKinds } from '#modules/acts/exposure.ts'
import { kinds, type Span, spanSeconds, spans } from '#modules/acts/kinds.ts'

/** Posts kept of each span and group of readers, and those that tags are made of. */
const mostPosts = 500
const mostForTags = 5000
const mostTags = 100

const signals = signalKinds.map((name) => kinds[name]).join(', ')

/** Score, people and signals of a span; `n` is now in seconds since 2026. */
function columnsOf(span: Span): string {
  const length = spanSeconds[span]
  return `sum(k.weight * (s.${span}_weight * (${length} - n.now) + s.${span}_moment)) / ${length * 100} as ${span}_score,
    max(s.${span}_people) as ${span}_people,
    coalesce(max(s.${span}_people) filter (where s.kind = ${kinds.view}), 0) as ${span}_viewers,
    coalesce(sum(s.${span}_people) filter (where s.kind in (${signals})), 0)::int as ${span}_signals`
}
const rowOf = (span: Span) =>
  `('${span}', r.${span}_score, r.${span}_people, r.${span}_viewers, r.${span}_signals)`

/** Tags of ranked posts (span, read_by, place, score, author_id, tags), for each group of readers. */
const tagsOf = (ranked: string) => `by_author as (
    select r.span, l.read_by, t.tag, r.author_id, max(r.score) as score, count(*) as posts
    from ${ranked} r
      join (values ('everyone', 'everyone'), ('members', 'everyone'), ('members', 'members'), ('moderators', 'everyone'),
        ('moderators', 'members'), ('moderators', 'moderators')) l (read_by, board) on l.board = r.read_by
      cross join lateral unnest(r.tags) t (tag)
    where r.place <= ${mostForTags} group by 1, 2, 3, 4
  ), tagged as (
    select span, read_by, tag, sum(score) as score, count(*) as people, sum(posts) as posts,
      row_number() over (partition by span, read_by order by sum(score) desc, tag) as place
    from by_author group by 1, 2, 3
  )`

/**
 * Ranks posts and tags of all spans anew. Values: numbers of kinds, their weights, now.
 *
 * Posts are ranked among those that the same readers may see. A tag's score is that of each author's best post with it;
 * for members the boards of members count beside those of everybody, and so on.
 */
export const rank = `
  with k as (
    select * from unnest($1::smallint[], $2::float8[]) as k (kind, weight)
  ), n as (
    select floor(date_part('epoch', $3::timestamptz) - 1767225600)::bigint as now
  ), summed as materialized (
    select s.post_id, ${spans.map(columnsOf).join(', ')}
    from act_sums s join k using (kind) cross join n group by s.post_id
  ), ranked as materialized (
    select v.*, r.post_id, b.read_by, p.author_id, p.tags,
      row_number() over (partition by v.span, b.read_by order by v.score desc, r.post_id desc) as place
    from summed r join posts p on p.id = r.post_id and p.deleted_at is null join boards b on b.id = p.board_id
      cross join lateral (values ${spans.map(rowOf).join(', ')}) v (span, score, people, viewers, signals)
    where v.score > 0.0001
  ), usual as (
    select span, sum(signals)::float8 / sum(viewers + ${exposurePrior}) as exposure
    from ranked where read_by = 'everyone' and place <= ${mostPosts} group by span
  ), kept as (
    insert into trending_posts (span, post_id, score, people, exposure, relative_exposure)
    select r.span, r.post_id, r.score, r.people, r.signals::float8 / (r.viewers + ${exposurePrior}),
      coalesce(r.signals::float8 / (r.viewers + ${exposurePrior}) / nullif(u.exposure, 0), 0)
    from ranked r left join usual u using (span) where r.place <= ${mostPosts}
  ), ${tagsOf('ranked')}
  insert into trending_tags (span, read_by, tag, score, people, posts)
  select span, read_by, tag, score, people, posts from tagged where place <= ${mostTags}`

export const clearRanked = ['delete from trending_posts', 'delete from trending_tags']
export const clearWords = 'delete from trending_words'

/** Values: `posts` or `words`, now, milliseconds that it took. */
export const noteRun = `
  insert into trending_runs (what, at, took_ms) values ($1, $2, $3)
  on conflict (what) do update set at = excluded.at, took_ms = excluded.took_ms`
export const lastRun = 'select at, took_ms as "tookMs" from trending_runs where what = $1'

/** Values: read levels, the viewer or null, the span, how many. */
export const trendingPosts = `
  select t.score, t.people, t.exposure, t.relative_exposure as "relativeExposure", p.id, p.title, p.kind, p.tags,
    p.created_at as "createdAt", p.active_at as "activeAt", p.votes, p.comments, p.answers, p.views, p.accepted_id is not null as accepted,
    exists (select from post_pins x where x.post_id = p.id) as pinned,
    exists (select from post_locks x where x.post_id = p.id) as locked, r.comments as seen,
    b.id as "boardId", b.slug, b.name as "boardName", p.author_id as "authorId", m.name as "authorName"
  from trending_posts t join posts p on p.id = t.post_id and p.deleted_at is null
    join boards b on b.id = p.board_id and b.read_by = any($1) join members m on m.id = p.author_id
    left join post_reads r on r.post_id = p.id and r.member_id = $2::bigint
  where t.span = $3 and not exists (
    select from personal_blocks x where x.member_id = $2::bigint and x.other_id = p.author_id)
  order by t.score desc, p.id desc limit $4`

/**
 * Values: who the readers are, the span, how many, their read levels. A tag whose last post went since the ranking is
 * not told.
 */
export const trendingTags = `
  select tag, score, people, posts from trending_tags t where read_by = $1 and span = $2 and exists (
    select from post_tags k join posts p on p.id = k.post_id join boards b on b.id = p.board_id
    where k.tag = t.tag and p.deleted_at is null and b.read_by = any($4))
  order by score desc, tag limit $3`

/** Counts tags over the posts ranked last and the boards as they are. Values: the groups of readers. */
export const countTagsAgain = [
  'delete from trending_tags where read_by = any($1)',
  `with ranked as (
    select s.span, s.score, 1 as place, p.author_id, p.tags, b.read_by
    from trending_posts s join posts p on p.id = s.post_id and p.deleted_at is null join boards b on b.id = p.board_id
  ), ${tagsOf('ranked')}
  insert into trending_tags (span, read_by, tag, score, people, posts)
  select span, read_by, tag, score, people, posts from tagged where place <= ${mostTags} and read_by = any($1)`,
]

/** What was counted over boards as they were. */
export const forgetCounted = [
  'delete from trending_tags',
  'delete from trending_words',
  `update trending_runs set at = '2026-01-01T00:00:00Z'`,
]

export const trendingWords = `
  select word, score, people, people_before as before from trending_words where span = $1
  order by score desc, word limit $2`

/** A text of one kind in a board that everyone may read. */
const text = (given: { title: string; from: string; versions: string }) => `
  select ${given.title} as title, v.html, x.author_id as "authorId", x.created_at as at,
    extract(epoch from $4::timestamptz - m.created_at)::float8 / 86400 as "daysHere"
  from ${given.from} join members m on m.id = x.author_id join ${given.versions} and v.version = x.version
  where x.deleted_at is null and b.read_by = 'everyone' and x.created_at < $1 and x.created_at > $2`

/** What everybody may read, newest first. Values: before when, since when, how many, now. */
export const writtenTexts = `
  (${text({
    title: 'x.title',
    from: 'posts x join boards b on b.id = x.board_id',
    versions: 'post_versions v on v.post_id = x.id',
  })} order by x.created_at desc limit $3)
  union all
  (${text({
    title: "''",
    from: 'comments x join posts p on p.id = x.post_id and p.deleted_at is null join boards b on b.id = p.board_id',
    versions: 'comment_versions v on v.comment_id = x.id',
  })} order by x.created_at desc limit $3)
  order by at desc limit $3`
