-- Members, sessions, boards, posts, comments, votes, drafts and moderation.

create function hot_rank(score integer, born timestamptz) returns double precision
  language sql immutable parallel safe
  -- Reddit's time-invariant form: ten times the votes weigh as much as 12.5 hours.
  return sign(score::double precision) * log(greatest(abs(score), 1)::double precision)
    + (extract(epoch from born)::double precision - 1134028003) / 45000;

create table settings (
  name text primary key,
  value jsonb not null
);

create table members (
  id bigint generated always as identity primary key,
  -- null after withdrawal; `name_key` and `email_key` are the folded forms that must be unique
  name text,
  name_key text constraint members_name_taken unique,
  email text,
  email_key text constraint members_email_taken unique,
  -- null: imported and not claimed yet, or withdrawn
  password_hash text,
  role text not null default 'member' constraint members_role_known check (role in ('member', 'moderator', 'administrator')),
  about text not null default '',
  language text,
  theme text not null default 'system' constraint members_theme_known check (theme in ('system', 'light', 'dark')),
  created_at timestamptz(3) not null default now(),
  withdrawn_at timestamptz(3),
  imported_from text,
  constraint members_withdrawn_is_cleared check (withdrawn_at is null or (name is null and email is null and password_hash is null))
);
create unique index members_imported on members (imported_from) where imported_from is not null;
create index members_by_name on members (name_key text_pattern_ops);

-- Blocks are kept as rows with who, when, why; the newest that is not lifted counts.
create table member_blocks (
  id bigint generated always as identity primary key,
  member_id bigint not null references members,
  by_id bigint not null references members,
  reason text not null,
  created_at timestamptz(3) not null default now(),
  until timestamptz(3),
  lifted_at timestamptz(3),
  lifted_by_id bigint references members
);
create index member_blocks_open on member_blocks (member_id) where lifted_at is null;

-- One row is one signed-in browser or client: for browsers the cookie, for clients the family of refresh tokens.
create table sessions (
  id uuid primary key,
  member_id bigint not null references members,
  secret_hash bytea not null,
  kind text not null constraint sessions_kind_known check (kind in ('browser', 'client')),
  agent text not null default '',
  created_at timestamptz(3) not null default now(),
  seen_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null
);
create index sessions_by_member on sessions (member_id);
create index sessions_by_expiry on sessions (expires_at);

-- One-time links: claiming an imported account, resetting a password. Only the hash of the token is stored.
create table member_links (
  token_hash bytea primary key,
  member_id bigint not null references members,
  purpose text not null constraint member_links_purpose_known check (purpose in ('claim', 'reset')),
  created_by_id bigint references members,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null
);
create index member_links_by_member on member_links (member_id);

create table boards (
  id bigint generated always as identity primary key,
  slug text not null constraint boards_slug_taken unique,
  name text not null,
  about text not null default '',
  parent_id bigint references boards,
  position integer not null default 0,
  -- what a new post in it is when the writer does not say
  kind text not null default 'discussion' constraint boards_kind_known check (kind in ('discussion', 'question')),
  read_by text not null default 'everyone' constraint boards_read_known check (read_by in ('everyone', 'members', 'moderators')),
  write_by text not null default 'members' constraint boards_write_known check (write_by in ('members', 'moderators')),
  downvotes boolean not null default false,
  posts integer not null default 0,
  created_at timestamptz(3) not null default now(),
  imported_from text,
  constraint boards_not_own_parent check (parent_id is distinct from id)
);
create unique index boards_imported on boards (imported_from) where imported_from is not null;
create index boards_by_parent on boards (parent_id);

-- A narrow row: what lists and counters need. The text lives in post_versions.
create table posts (
  id bigint generated always as identity primary key,
  board_id bigint not null references boards,
  author_id bigint not null references members,
  kind text not null constraint posts_kind_known check (kind in ('discussion', 'question')),
  title text not null,
  tags text[] not null default '{}',
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  edited_at timestamptz(3),
  active_at timestamptz(3) not null default now(),
  -- the votes below with those an import brought without voters
  votes integer not null default 0,
  imported_votes integer not null default 0,
  -- every comment that is not deleted, answers included
  comments integer not null default 0,
  answers integer not null default 0,
  views bigint not null default 0,
  hot double precision not null,
  accepted_id bigint,
  deleted_at timestamptz(3),
  deleted_by_id bigint references members,
  imported_from text
);
create unique index posts_imported on posts (imported_from) where imported_from is not null;
create index posts_latest on posts (created_at desc, id desc) where deleted_at is null;
create index posts_hot on posts (hot desc, id desc) where deleted_at is null;
create index posts_top on posts (votes desc, id desc) where deleted_at is null;
create index posts_active on posts (active_at desc, id desc) where deleted_at is null;
create index posts_board_latest on posts (board_id, created_at desc, id desc) where deleted_at is null;
create index posts_board_hot on posts (board_id, hot desc, id desc) where deleted_at is null;
create index posts_board_top on posts (board_id, votes desc, id desc) where deleted_at is null;
create index posts_board_active on posts (board_id, active_at desc, id desc) where deleted_at is null;
create index posts_by_author on posts (author_id, created_at desc, id desc);
create index posts_by_tag on posts using gin (tags) with (fastupdate = off) where deleted_at is null;

create table post_versions (
  post_id bigint not null references posts,
  version integer not null,
  title text not null,
  tags text[] not null default '{}',
  body text not null,
  html text not null,
  renderer integer not null,
  by_id bigint not null references members,
  created_at timestamptz(3) not null default now(),
  note text not null default '',
  constraint post_versions_once primary key (post_id, version)
);

-- State that matters is a row with who and when.
create table post_pins (
  post_id bigint primary key references posts,
  by_id bigint not null references members,
  created_at timestamptz(3) not null default now(),
  reason text not null default ''
);
create table post_locks (
  post_id bigint primary key references posts,
  by_id bigint not null references members,
  created_at timestamptz(3) not null default now(),
  reason text not null default ''
);
create table post_moves (
  id bigint generated always as identity primary key,
  post_id bigint not null references posts,
  from_board_id bigint not null references boards,
  to_board_id bigint not null references boards,
  by_id bigint not null references members,
  created_at timestamptz(3) not null default now(),
  reason text not null default ''
);
create index post_moves_by_post on post_moves (post_id);

create table tags (
  name text primary key,
  posts integer not null default 0
);

create table comments (
  id bigint generated always as identity primary key,
  post_id bigint not null references posts,
  parent_id bigint,
  -- ids from the root comment down to this one: order by it and the tree reads from top to bottom
  path bigint[] not null,
  author_id bigint not null references members,
  -- on a question, a root comment is an answer or (imported) a remark on the question itself
  is_answer boolean not null default false,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  edited_at timestamptz(3),
  votes integer not null default 0,
  imported_votes integer not null default 0,
  replies integer not null default 0,
  deleted_at timestamptz(3),
  deleted_by_id bigint references members,
  imported_from text,
  constraint comments_of_post unique (post_id, id),
  constraint comments_parent_same_post foreign key (post_id, parent_id) references comments (post_id, id),
  constraint comments_answer_is_root check (parent_id is null or not is_answer),
  constraint comments_depth check (cardinality(path) between 1 and 100)
);
create unique index comments_imported on comments (imported_from) where imported_from is not null;
create unique index comments_tree on comments (post_id, path);
create index comments_answers on comments (post_id, votes desc, id) where is_answer;
create index comments_by_author on comments (author_id, created_at desc, id desc);
create index comments_by_parent on comments (parent_id) where parent_id is not null;

alter table posts add constraint posts_accepted_own_answer foreign key (id, accepted_id) references comments (post_id, id);

create table comment_versions (
  comment_id bigint not null references comments,
  version integer not null,
  body text not null,
  html text not null,
  renderer integer not null,
  by_id bigint not null references members,
  created_at timestamptz(3) not null default now(),
  constraint comment_versions_once primary key (comment_id, version)
);

create table post_votes (
  post_id bigint not null references posts,
  member_id bigint not null references members,
  value smallint not null constraint post_votes_value check (value in (-1, 1)),
  -- what the vote was before its last change, 0 when new: one statement moves the counter by the difference
  was smallint not null default 0,
  created_at timestamptz(3) not null default now(),
  constraint post_votes_once primary key (post_id, member_id)
);
create table comment_votes (
  comment_id bigint not null references comments,
  member_id bigint not null references members,
  value smallint not null constraint comment_votes_value check (value in (-1, 1)),
  -- what the vote was before its last change, 0 when new: one statement moves the counter by the difference
  was smallint not null default 0,
  created_at timestamptz(3) not null default now(),
  constraint comment_votes_once primary key (comment_id, member_id)
);

create table bookmarks (
  member_id bigint not null references members,
  post_id bigint not null references posts,
  created_at timestamptz(3) not null default now(),
  constraint bookmarks_once primary key (member_id, post_id)
);
create index bookmarks_latest on bookmarks (member_id, created_at desc, post_id desc);

-- How far a member has read a post: the newest comment seen, and how many there were.
create table post_reads (
  member_id bigint not null references members,
  post_id bigint not null references posts,
  last_comment_id bigint not null default 0,
  comments integer not null default 0,
  read_at timestamptz(3) not null default now(),
  constraint post_reads_once primary key (member_id, post_id)
);

-- Text that is being written. `target` is 'new', 'post:ID' (edit), 'reply:POST', 'reply:POST:COMMENT' or 'comment:ID' (edit).
create table drafts (
  id bigint generated always as identity primary key,
  member_id bigint not null references members,
  target text not null,
  version integer not null default 1,
  title text not null default '',
  body text not null default '',
  tags text[] not null default '{}',
  kind text,
  board text,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);
create index drafts_by_member on drafts (member_id, updated_at desc, id desc);
create index drafts_by_target on drafts (member_id, target);

create table reports (
  id bigint generated always as identity primary key,
  post_id bigint not null references posts,
  comment_id bigint,
  by_id bigint not null references members,
  reason text not null constraint reports_reason_known check (reason in ('spam', 'abuse', 'off-topic', 'illegal', 'other')),
  detail text not null default '',
  created_at timestamptz(3) not null default now(),
  outcome text constraint reports_outcome_known check (outcome in ('removed', 'dismissed')),
  resolved_by_id bigint references members,
  resolved_at timestamptz(3),
  note text not null default '',
  constraint reports_comment_of_post foreign key (post_id, comment_id) references comments (post_id, id),
  constraint reports_resolved_whole check ((outcome is null) = (resolved_at is null) and (outcome is null) = (resolved_by_id is null))
);
create unique index reports_once on reports (by_id, post_id, coalesce(comment_id, 0)) where outcome is null;
create index reports_open on reports (created_at, id) where outcome is null;
create index reports_done on reports (resolved_at desc, id desc) where outcome is not null;

-- Every moderator's act, written in the act's own transaction.
create table moderation_log (
  id bigint generated always as identity primary key,
  by_id bigint not null references members,
  act text not null,
  post_id bigint references posts,
  comment_id bigint references comments,
  member_id bigint references members,
  board_id bigint references boards,
  reason text not null default '',
  created_at timestamptz(3) not null default now()
);
create index moderation_log_latest on moderation_log (created_at desc, id desc);

-- Where an import stands, so that it can be stopped and goes on.
create table imports (
  source text primary key,
  progress jsonb not null,
  started_at timestamptz(3) not null default now(),
  finished_at timestamptz(3)
);
