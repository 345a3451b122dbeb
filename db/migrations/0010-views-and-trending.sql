-- Who saw, liked or shared what, in which days; and what is talked about most.

-- One row for a person, a post and a kind of act, with the day (of the site's zone) and the time of the latest.
-- person: a member's id; below zero a code of a guest's address and browser that nobody can read back (see visitor_keys).
-- weight: percent; what it is worth in rankings. No foreign keys: each would lock the post's row, and rows go in a week.
create table acts (
  post_id bigint not null,
  person bigint not null,
  at timestamptz(3) not null,
  day date not null,
  kind smallint not null,
  weight smallint not null,
  constraint acts_once primary key (post_id, kind, person)
);
create index acts_by_time on acts (at);

-- Of the acts of the last hour, day and week: how many people, what they weigh, and weight times seconds since 2026. With
-- these three a weight that falls evenly with age is known at any moment without looking at the acts.
create table act_sums (
  post_id bigint not null,
  kind smallint not null,
  hour_people integer not null,
  hour_weight bigint not null,
  hour_moment bigint not null,
  day_people integer not null,
  day_weight bigint not null,
  day_moment bigint not null,
  week_people integer not null,
  week_weight bigint not null,
  week_moment bigint not null,
  constraint act_sums_once primary key (post_id, kind)
) with (fillfactor = 70);

-- Until when acts have been taken out of the sums again.
create table act_expiry (
  one boolean primary key default true constraint act_expiry_is_one check (one),
  hour_until timestamptz(3) not null,
  day_until timestamptz(3) not null,
  week_until timestamptz(3) not null
);
insert into act_expiry values (true, 'epoch', 'epoch', 'epoch');

-- How much one person did in a day: past a limit, acts weigh nothing.
create table act_totals (
  day date not null,
  person bigint not null,
  acts integer not null,
  constraint act_totals_once primary key (day, person)
);

-- What turns addresses into codes: another key each day. When a day's key is gone nobody can say whose its codes are.
create table visitor_keys (
  day date primary key,
  key bytea not null
);

create table post_views_daily (
  post_id bigint not null,
  day date not null,
  views integer not null,
  constraint post_views_daily_once primary key (post_id, day)
);

-- Views that are counted for good but not yet in posts.views, which is changed less often.
create table post_views_pending (
  post_id bigint primary key,
  views integer not null
);

-- Results of the last ranking, written anew each time. span: hour, day or week. posts: and tags.
create table trending_runs (
  what text primary key constraint trending_runs_what_known check (what in ('posts', 'words')),
  at timestamptz(3) not null,
  took_ms integer not null
);
create table trending_posts (
  span text not null,
  post_id bigint not null references posts,
  score double precision not null,
  people integer not null,
  exposure double precision not null,
  relative_exposure double precision not null,
  constraint trending_posts_once primary key (span, post_id)
);
-- read_by: who may read all the boards that count here.
create table trending_tags (
  span text not null,
  read_by text not null,
  tag text not null,
  score double precision not null,
  people integer not null,
  posts integer not null,
  constraint trending_tags_once primary key (span, read_by, tag)
);
-- Words of boards that everyone may read.
create table trending_words (
  span text not null,
  word text not null,
  score double precision not null,
  people integer not null,
  people_before integer not null,
  constraint trending_words_once primary key (span, word)
);

-- What was written lately, for the words that are written more than before.
create index comments_latest on comments (created_at desc);
