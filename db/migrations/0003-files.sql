-- Pictures that people uploaded, and what shows them.

create table files (
  id bigint generated always as identity primary key,
  -- 128 random bits in hex: the address cannot be guessed
  name text not null constraint files_name_taken unique constraint files_name_shape check (name ~ '^[0-9a-f]{32}$'),
  kind text not null constraint files_kind_known check (kind in ('image', 'avatar')),
  uploader_id bigint not null references members,
  title text not null default '',
  -- of the largest stored size, in pixels
  width integer not null,
  height integer not null,
  -- the sizes that are stored, by their longest side, smallest first
  sizes smallint[] not null,
  -- of all sizes together
  bytes bigint not null,
  created_at timestamptz(3) not null default now(),
  -- since when nothing shows it; null while something does. A hint for the clean-up, which looks itself.
  unused_since timestamptz(3) default now(),
  -- from then on it is gone for everybody, and its contents may be
  removed_at timestamptz(3)
);
create index files_by_uploader on files (uploader_id);
create index files_unused on files (unused_since) where unused_since is not null and removed_at is null;
create index files_removed on files (removed_at) where removed_at is not null;

-- What the newest versions of posts and comments show.
create table file_uses (
  file_id bigint not null references files,
  post_id bigint not null references posts,
  comment_id bigint references comments
);
create unique index file_uses_once on file_uses (file_id, post_id, coalesce(comment_id, 0));
create index file_uses_by_place on file_uses (post_id, coalesce(comment_id, 0));

-- The name of a file; null: the generated one.
alter table members add column avatar text;
