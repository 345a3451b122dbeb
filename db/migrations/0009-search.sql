-- Search: tokens of posts and comments beside them. Who may read what is asked of boards and posts at every search, never copied.

create function initials(name text) returns text
  language sql immutable parallel safe
  -- The first consonants of Korean syllables, as `initialsOf` of src/modules/search/analyse.ts.
  return (
    select string_agg(
      case when ascii(c) between 44032 and 55203
        then substr('ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ', (ascii(c) - 44032) / 588 + 1, 1) else c end, '' order by n)
    from string_to_table(name, null) with ordinality as t (c, n)
  );

-- Rows come with the writes; those of older posts by `madang reindex` or its job.
create table search_posts (
  post_id bigint primary key references posts on delete cascade,
  tokens tsvector not null,
  -- the version of the analyser that made them
  analyser smallint not null,
  -- PostgreSQL puts only rows of two kilobytes and more out of line. With this, which packs to nothing, every row is one:
  -- its tokens lie elsewhere, ids lie close together, and the index, which keeps their places, is a quarter smaller.
  filler text not null default repeat(' ', 2100)
) with (toast_tuple_target = 128);
create table search_comments (
  comment_id bigint primary key references comments on delete cascade,
  post_id bigint not null,
  tokens tsvector not null,
  analyser smallint not null,
  filler text not null default repeat(' ', 2100)
) with (toast_tuple_target = 128);
-- Without a list of pending rows no search pays for a write.
create index search_posts_tokens on search_posts using gin (tokens) with (fastupdate = off);
create index search_comments_tokens on search_comments using gin (tokens) with (fastupdate = off);
-- How frequent tokens are is kept in search_terms; PostgreSQL's own sample of these columns would cost more than it tells.
alter table search_posts alter column tokens set statistics 0;
alter table search_comments alter column tokens set statistics 0;

-- In how many of the sampled posts of boards open to everyone a term stands.
create table search_terms (
  term text collate "C" primary key,
  docs integer not null
);
create table search_sample (
  one boolean primary key default true constraint search_sample_single check (one),
  docs integer not null,
  -- mean length of a text: pairs and words
  pairs double precision not null,
  words double precision not null,
  taken_at timestamptz(3) not null
);

create index members_by_initials on members (initials(name_key) text_pattern_ops) where name_key is not null;
create index tags_by_initials on tags (initials(name) text_pattern_ops);
create index tags_by_name on tags (name text_pattern_ops);
