-- What the files in db/migrations make of an empty database. Written by `npm run schema`; a test compares it.

CREATE OR REPLACE FUNCTION public.closed_boards()
 RETURNS bigint[]
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_advisory_xact_lock_shared(7273265);
  return array(
    with recursive archived as (
      select board_id as id from board_archives
      union select b.id from boards b join archived a on b.parent_id = a.id
    ) select id from archived);
end
$function$;

CREATE OR REPLACE FUNCTION public.hot_rank(score integer, born timestamp with time zone)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ((sign((score)::double precision) * log((GREATEST(abs(score), 1))::double precision)) + (((EXTRACT(epoch FROM (born AT TIME ZONE 'UTC'::text)))::double precision - (1134028003)::double precision) / (45000)::double precision));

CREATE OR REPLACE FUNCTION public.initials(name text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (SELECT string_agg(CASE WHEN ((ascii(t.c) >= 44032) AND (ascii(t.c) <= 55203)) THEN substr('ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ'::text, (((ascii(t.c) - 44032) / 588) + 1), 1) ELSE t.c END, ''::text ORDER BY t.n) AS string_agg FROM string_to_table(initials.name, NULL::text) WITH ORDINALITY t(c, n));

CREATE OR REPLACE FUNCTION public.keep_post_tags()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op = 'UPDATE' then
    delete from post_tags k
    where k.tag = any(old.tags) and k.created_at = old.created_at and k.post_id = old.id and not k.tag = any(new.tags);
  end if;
  insert into post_tags (tag, created_at, post_id) select t, new.created_at, new.id from unnest(new.tags) t
  on conflict do nothing;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.takes_new(board bigint)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_advisory_xact_lock_shared(7273265);
  return board not in (
    with recursive archived as (
      select board_id as id from board_archives
      union select b.id from boards b join archived a on b.parent_id = a.id
    ) select id from archived);
end
$function$;

create table act_expiry (
  one boolean default true not null,
  hour_until timestamp(3) with time zone not null,
  day_until timestamp(3) with time zone not null,
  week_until timestamp(3) with time zone not null,
  constraint act_expiry_pkey PRIMARY KEY (one),
  constraint act_expiry_is_one CHECK (one)
);

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
  constraint act_sums_once PRIMARY KEY (post_id, kind)
);

create table act_totals (
  day date not null,
  person bigint not null,
  acts integer not null,
  constraint act_totals_once PRIMARY KEY (day, person)
);

create table acts (
  post_id bigint not null,
  person bigint not null,
  at timestamp(3) with time zone not null,
  day date not null,
  kind smallint not null,
  weight smallint not null,
  constraint acts_once PRIMARY KEY (post_id, kind, person)
);
CREATE INDEX acts_by_time ON public.acts USING btree (at);

create table api_keys (
  id bigint generated always as identity not null,
  member_id bigint not null,
  name text not null,
  key_hash bytea not null,
  tail text not null,
  scopes text[] not null,
  created_at timestamp(3) with time zone not null,
  expires_at timestamp(3) with time zone not null,
  used_at timestamp(3) with time zone,
  constraint api_keys_pkey PRIMARY KEY (id),
  constraint api_keys_hash UNIQUE (key_hash),
  constraint api_keys_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id),
  constraint api_keys_scopes_known CHECK (((scopes <@ ARRAY['read'::text, 'write'::text, 'moderate'::text, 'admin'::text]) AND (cardinality(scopes) > 0)))
);
CREATE INDEX api_keys_by_expiry ON public.api_keys USING btree (expires_at);
CREATE INDEX api_keys_by_member ON public.api_keys USING btree (member_id, id DESC);

create table app_clients (
  id text not null,
  name text not null,
  secret_sealed bytea not null,
  by_id bigint not null,
  created_at timestamp(3) with time zone not null,
  used_at timestamp(3) with time zone,
  constraint app_clients_pkey PRIMARY KEY (id),
  constraint app_clients_by_id_fkey FOREIGN KEY (by_id) REFERENCES members(id)
);

create table board_archives (
  board_id bigint not null,
  by_id bigint not null,
  reason text default ''::text not null,
  created_at timestamp(3) with time zone default now() not null,
  constraint board_archives_pkey PRIMARY KEY (board_id),
  constraint board_archives_board_id_fkey FOREIGN KEY (board_id) REFERENCES boards(id) ON DELETE CASCADE,
  constraint board_archives_by_id_fkey FOREIGN KEY (by_id) REFERENCES members(id)
);

create table board_removals (
  slug text not null,
  board_id bigint,
  to_board_id bigint not null,
  read_by text not null,
  by_id bigint not null,
  created_at timestamp(3) with time zone default now() not null,
  constraint board_removals_pkey PRIMARY KEY (slug),
  constraint board_removals_once UNIQUE (board_id),
  constraint board_removals_board_id_fkey FOREIGN KEY (board_id) REFERENCES boards(id) ON DELETE SET NULL,
  constraint board_removals_by_id_fkey FOREIGN KEY (by_id) REFERENCES members(id),
  constraint board_removals_to_board_id_fkey FOREIGN KEY (to_board_id) REFERENCES boards(id) ON DELETE CASCADE,
  constraint board_removals_read_known CHECK ((read_by = ANY (ARRAY['everyone'::text, 'members'::text, 'moderators'::text])))
);
CREATE INDEX board_removals_by_target ON public.board_removals USING btree (to_board_id);

create table boards (
  id bigint generated always as identity not null,
  slug text not null,
  name text not null,
  about text default ''::text not null,
  parent_id bigint,
  "position" integer default 0 not null,
  kind text default 'discussion'::text not null,
  read_by text default 'everyone'::text not null,
  write_by text default 'members'::text not null,
  downvotes boolean default false not null,
  posts integer default 0 not null,
  created_at timestamp(3) with time zone default now() not null,
  imported_from text,
  constraint boards_pkey PRIMARY KEY (id),
  constraint boards_slug_taken UNIQUE (slug),
  constraint boards_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES boards(id),
  constraint boards_kind_known CHECK ((kind = ANY (ARRAY['discussion'::text, 'question'::text]))),
  constraint boards_not_own_parent CHECK ((parent_id IS DISTINCT FROM id)),
  constraint boards_read_known CHECK ((read_by = ANY (ARRAY['everyone'::text, 'members'::text, 'moderators'::text]))),
  constraint boards_write_known CHECK ((write_by = ANY (ARRAY['members'::text, 'moderators'::text])))
);
CREATE INDEX boards_by_parent ON public.boards USING btree (parent_id);
CREATE UNIQUE INDEX boards_imported ON public.boards USING btree (imported_from) WHERE (imported_from IS NOT NULL);

create table bookmarks (
  member_id bigint not null,
  post_id bigint not null,
  created_at timestamp(3) with time zone default now() not null,
  constraint bookmarks_once PRIMARY KEY (member_id, post_id),
  constraint bookmarks_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id),
  constraint bookmarks_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts(id)
);
CREATE INDEX bookmarks_latest ON public.bookmarks USING btree (member_id, created_at DESC, post_id DESC);

create table challenges (
  token_hash bytea not null,
  kind text not null,
  member_id bigint,
  data jsonb not null,
  expires_at timestamp(3) with time zone not null,
  constraint challenges_pkey PRIMARY KEY (token_hash),
  constraint challenges_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id)
);
CREATE INDEX challenges_by_expiry ON public.challenges USING btree (expires_at);
CREATE INDEX challenges_by_member ON public.challenges USING btree (member_id) WHERE (member_id IS NOT NULL);

create table comment_versions (
  comment_id bigint not null,
  version integer not null,
  body text not null,
  html text not null,
  renderer integer not null,
  by_id bigint not null,
  created_at timestamp(3) with time zone default now() not null,
  constraint comment_versions_once PRIMARY KEY (comment_id, version),
  constraint comment_versions_by_id_fkey FOREIGN KEY (by_id) REFERENCES members(id),
  constraint comment_versions_comment_id_fkey FOREIGN KEY (comment_id) REFERENCES comments(id)
);

create table comment_votes (
  comment_id bigint not null,
  member_id bigint not null,
  value smallint not null,
  was smallint default 0 not null,
  created_at timestamp(3) with time zone default now() not null,
  constraint comment_votes_once PRIMARY KEY (comment_id, member_id),
  constraint comment_votes_comment_id_fkey FOREIGN KEY (comment_id) REFERENCES comments(id),
  constraint comment_votes_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id),
  constraint comment_votes_value CHECK ((value = ANY (ARRAY['-1'::integer, 1])))
);

create table comments (
  id bigint generated always as identity not null,
  post_id bigint not null,
  parent_id bigint,
  path bigint[] not null,
  author_id bigint not null,
  is_answer boolean default false not null,
  version integer default 1 not null,
  created_at timestamp(3) with time zone default now() not null,
  edited_at timestamp(3) with time zone,
  votes integer default 0 not null,
  imported_votes integer default 0 not null,
  replies integer default 0 not null,
  deleted_at timestamp(3) with time zone,
  deleted_by_id bigint,
  imported_from text,
  constraint comments_pkey PRIMARY KEY (id),
  constraint comments_of_post UNIQUE (post_id, id),
  constraint comments_author_id_fkey FOREIGN KEY (author_id) REFERENCES members(id),
  constraint comments_deleted_by_id_fkey FOREIGN KEY (deleted_by_id) REFERENCES members(id),
  constraint comments_parent_same_post FOREIGN KEY (post_id, parent_id) REFERENCES comments(post_id, id),
  constraint comments_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts(id),
  constraint comments_answer_is_root CHECK (((parent_id IS NULL) OR (NOT is_answer))),
  constraint comments_depth CHECK (((cardinality(path) >= 1) AND (cardinality(path) <= 100)))
);
CREATE INDEX comments_answers ON public.comments USING btree (post_id, votes DESC, id) WHERE is_answer;
CREATE INDEX comments_by_author ON public.comments USING btree (author_id, created_at DESC, id DESC);
CREATE INDEX comments_by_parent ON public.comments USING btree (parent_id) WHERE (parent_id IS NOT NULL);
CREATE UNIQUE INDEX comments_imported ON public.comments USING btree (imported_from) WHERE (imported_from IS NOT NULL);
CREATE INDEX comments_latest ON public.comments USING btree (created_at DESC);
CREATE UNIQUE INDEX comments_tree ON public.comments USING btree (post_id, path);

create table drafts (
  id bigint generated always as identity not null,
  member_id bigint not null,
  target text not null,
  version integer default 1 not null,
  title text default ''::text not null,
  body text default ''::text not null,
  tags text[] default '{}'::text[] not null,
  kind text,
  board text,
  created_at timestamp(3) with time zone default now() not null,
  updated_at timestamp(3) with time zone default now() not null,
  base_version integer,
  constraint drafts_pkey PRIMARY KEY (id),
  constraint drafts_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id)
);
CREATE INDEX drafts_by_member ON public.drafts USING btree (member_id, updated_at DESC, id DESC);
CREATE INDEX drafts_by_target ON public.drafts USING btree (member_id, target);

create table file_uses (
  file_id bigint not null,
  post_id bigint not null,
  comment_id bigint,
  constraint file_uses_comment_id_fkey FOREIGN KEY (comment_id) REFERENCES comments(id),
  constraint file_uses_file_id_fkey FOREIGN KEY (file_id) REFERENCES files(id),
  constraint file_uses_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts(id)
);
CREATE INDEX file_uses_by_place ON public.file_uses USING btree (post_id, COALESCE(comment_id, (0)::bigint));
CREATE UNIQUE INDEX file_uses_once ON public.file_uses USING btree (file_id, post_id, COALESCE(comment_id, (0)::bigint));

create table files (
  id bigint generated always as identity not null,
  name text not null,
  kind text not null,
  uploader_id bigint not null,
  title text default ''::text not null,
  width integer not null,
  height integer not null,
  sizes smallint[] not null,
  bytes bigint not null,
  created_at timestamp(3) with time zone default now() not null,
  unused_since timestamp(3) with time zone default now(),
  removed_at timestamp(3) with time zone,
  constraint files_pkey PRIMARY KEY (id),
  constraint files_name_taken UNIQUE (name),
  constraint files_uploader_id_fkey FOREIGN KEY (uploader_id) REFERENCES members(id),
  constraint files_kind_known CHECK ((kind = ANY (ARRAY['image'::text, 'avatar'::text, 'logo'::text]))),
  constraint files_name_shape CHECK ((name ~ '^[0-9a-f]{32}$'::text))
);
CREATE INDEX files_by_uploader ON public.files USING btree (uploader_id);
CREATE INDEX files_removed ON public.files USING btree (removed_at) WHERE (removed_at IS NOT NULL);
CREATE INDEX files_unused ON public.files USING btree (unused_since) WHERE ((unused_since IS NOT NULL) AND (removed_at IS NULL));

create table follows (
  id bigint generated always as identity not null,
  member_id bigint not null,
  board_id bigint,
  post_id bigint,
  tag text,
  other_id bigint,
  level text not null,
  created_at timestamp(3) with time zone not null,
  constraint follows_pkey PRIMARY KEY (id),
  constraint follows_once UNIQUE NULLS NOT DISTINCT (board_id, post_id, tag, other_id, member_id),
  constraint follows_board_id_fkey FOREIGN KEY (board_id) REFERENCES boards(id) ON DELETE CASCADE,
  constraint follows_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id),
  constraint follows_other_id_fkey FOREIGN KEY (other_id) REFERENCES members(id),
  constraint follows_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts(id),
  constraint follows_level_known CHECK ((level = ANY (ARRAY['everything'::text, 'nothing'::text]))),
  constraint follows_mute_of_post CHECK (((level = 'everything'::text) OR (post_id IS NOT NULL))),
  constraint follows_not_self CHECK ((member_id <> other_id)),
  constraint follows_one_thing CHECK ((num_nonnulls(board_id, post_id, tag, other_id) = 1))
);
CREATE INDEX follows_by_member ON public.follows USING btree (member_id, id DESC);

create table identities (
  id bigint generated always as identity not null,
  member_id bigint not null,
  issuer text not null,
  subject text not null,
  label text not null,
  created_at timestamp(3) with time zone not null,
  used_at timestamp(3) with time zone,
  constraint identities_pkey PRIMARY KEY (id),
  constraint identities_taken UNIQUE (issuer, subject),
  constraint identities_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id)
);
CREATE INDEX identities_by_member ON public.identities USING btree (member_id);

create table imports (
  source text not null,
  progress jsonb not null,
  started_at timestamp(3) with time zone default now() not null,
  finished_at timestamp(3) with time zone,
  constraint imports_pkey PRIMARY KEY (source)
);

create table invitations (
  id bigint generated always as identity not null,
  token_hash bytea not null,
  seed bytea,
  by_id bigint not null,
  role text not null,
  email text,
  uses integer not null,
  used integer default 0 not null,
  created_at timestamp(3) with time zone not null,
  expires_at timestamp(3) with time zone not null,
  revoked_at timestamp(3) with time zone,
  revoked_by_id bigint,
  board_id bigint,
  constraint invitations_pkey PRIMARY KEY (id),
  constraint invitations_token UNIQUE (token_hash),
  constraint invitations_board_id_fkey FOREIGN KEY (board_id) REFERENCES boards(id) ON DELETE SET NULL,
  constraint invitations_by_id_fkey FOREIGN KEY (by_id) REFERENCES members(id),
  constraint invitations_revoked_by_id_fkey FOREIGN KEY (revoked_by_id) REFERENCES members(id),
  constraint invitations_role_known CHECK ((role = ANY (ARRAY['member'::text, 'moderator'::text, 'administrator'::text]))),
  constraint invitations_used_within CHECK (((used >= 0) AND (used <= uses))),
  constraint invitations_uses_some CHECK (((uses >= 1) AND (uses <= 1000)))
);
CREATE INDEX invitations_by_board ON public.invitations USING btree (board_id) WHERE (board_id IS NOT NULL);
CREATE INDEX invitations_by_member ON public.invitations USING btree (by_id, id DESC);

create table member_blocks (
  id bigint generated always as identity not null,
  member_id bigint not null,
  by_id bigint not null,
  reason text not null,
  created_at timestamp(3) with time zone default now() not null,
  until timestamp(3) with time zone,
  lifted_at timestamp(3) with time zone,
  lifted_by_id bigint,
  constraint member_blocks_pkey PRIMARY KEY (id),
  constraint member_blocks_by_id_fkey FOREIGN KEY (by_id) REFERENCES members(id),
  constraint member_blocks_lifted_by_id_fkey FOREIGN KEY (lifted_by_id) REFERENCES members(id),
  constraint member_blocks_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id)
);
CREATE INDEX member_blocks_open ON public.member_blocks USING btree (member_id) WHERE (lifted_at IS NULL);

create table member_links (
  token_hash bytea not null,
  member_id bigint not null,
  purpose text not null,
  created_by_id bigint,
  created_at timestamp(3) with time zone default now() not null,
  expires_at timestamp(3) with time zone not null,
  id bigint generated always as identity not null,
  seed bytea,
  email text,
  sent_at timestamp(3) with time zone,
  failure text default ''::text not null,
  constraint member_links_pkey PRIMARY KEY (token_hash),
  constraint member_links_by_id UNIQUE (id),
  constraint member_links_created_by_id_fkey FOREIGN KEY (created_by_id) REFERENCES members(id),
  constraint member_links_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id),
  constraint member_links_confirm_address CHECK (((purpose = 'confirm'::text) = (email IS NOT NULL))),
  constraint member_links_purpose_known CHECK ((purpose = ANY (ARRAY['claim'::text, 'reset'::text, 'confirm'::text])))
);
CREATE UNIQUE INDEX member_links_one ON public.member_links USING btree (member_id, ((purpose = 'confirm'::text)));

create table member_notes (
  id bigint generated always as identity not null,
  member_id bigint not null,
  by_id bigint not null,
  text text not null,
  created_at timestamp(3) with time zone not null,
  constraint member_notes_pkey PRIMARY KEY (id),
  constraint member_notes_by_id_fkey FOREIGN KEY (by_id) REFERENCES members(id),
  constraint member_notes_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id)
);
CREATE INDEX member_notes_by_member ON public.member_notes USING btree (member_id, id DESC);

create table member_tombstones (
  member_id bigint not null,
  name text not null,
  name_key text not null,
  email text,
  about text default ''::text not null,
  withdrawn_at timestamp(3) with time zone not null,
  constraint member_tombstones_pkey PRIMARY KEY (member_id),
  constraint member_tombstones_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id)
);
CREATE INDEX member_tombstones_by_name ON public.member_tombstones USING btree (name_key text_pattern_ops);
CREATE INDEX member_tombstones_by_time ON public.member_tombstones USING btree (withdrawn_at);

create table members (
  id bigint generated always as identity not null,
  name text,
  name_key text,
  email text,
  email_key text,
  password_hash text,
  role text default 'member'::text not null,
  about text default ''::text not null,
  language text,
  theme text default 'system'::text not null,
  created_at timestamp(3) with time zone default now() not null,
  withdrawn_at timestamp(3) with time zone,
  imported_from text,
  avatar text,
  email_confirmed_at timestamp(3) with time zone,
  must_confirm boolean default false not null,
  approval text,
  time_zone text,
  country text,
  constraint members_pkey PRIMARY KEY (id),
  constraint members_email_taken UNIQUE (email_key),
  constraint members_name_taken UNIQUE (name_key),
  constraint members_approval_known CHECK ((approval = ANY (ARRAY['waiting'::text, 'refused'::text]))),
  constraint members_country_shape CHECK ((country ~ '^[A-Z]{2}$'::text)),
  constraint members_role_known CHECK ((role = ANY (ARRAY['member'::text, 'moderator'::text, 'administrator'::text]))),
  constraint members_theme_known CHECK ((theme = ANY (ARRAY['system'::text, 'light'::text, 'dark'::text]))),
  constraint members_withdrawn_is_cleared CHECK (((withdrawn_at IS NULL) OR ((name IS NULL) AND (email IS NULL) AND (password_hash IS NULL))))
);
CREATE INDEX members_by_initials ON public.members USING btree (initials(name_key) text_pattern_ops) WHERE (name_key IS NOT NULL);
CREATE INDEX members_by_name ON public.members USING btree (name_key text_pattern_ops);
CREATE UNIQUE INDEX members_imported ON public.members USING btree (imported_from) WHERE (imported_from IS NOT NULL);
CREATE INDEX members_staff ON public.members USING btree (role) WHERE (role <> 'member'::text);
CREATE INDEX members_waiting ON public.members USING btree (id) WHERE (approval = 'waiting'::text);

create table message_files (
  file_id bigint not null,
  room_id bigint not null,
  number bigint not null,
  constraint message_files_once PRIMARY KEY (room_id, number, file_id),
  constraint message_files_file_id_fkey FOREIGN KEY (file_id) REFERENCES files(id),
  constraint message_files_of FOREIGN KEY (room_id, number) REFERENCES messages(room_id, number) ON DELETE CASCADE
);
CREATE INDEX message_files_by_file ON public.message_files USING btree (file_id);

create table message_reactions (
  room_id bigint not null,
  number bigint not null,
  member_id bigint not null,
  emoji text not null,
  created_at timestamp(3) with time zone not null,
  constraint message_reactions_once PRIMARY KEY (room_id, number, member_id, emoji),
  constraint message_reactions_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id),
  constraint message_reactions_of FOREIGN KEY (room_id, number) REFERENCES messages(room_id, number) ON DELETE CASCADE
);
CREATE INDEX message_reactions_by_member ON public.message_reactions USING btree (member_id);

create table message_reports (
  id bigint generated always as identity not null,
  room_id bigint not null,
  number bigint not null,
  author_id bigint not null,
  body text not null,
  html text not null,
  by_id bigint not null,
  reason text not null,
  detail text default ''::text not null,
  created_at timestamp(3) with time zone not null,
  outcome text,
  resolved_by_id bigint,
  resolved_at timestamp(3) with time zone,
  note text default ''::text not null,
  constraint message_reports_pkey PRIMARY KEY (id),
  constraint message_reports_author_id_fkey FOREIGN KEY (author_id) REFERENCES members(id),
  constraint message_reports_by_id_fkey FOREIGN KEY (by_id) REFERENCES members(id),
  constraint message_reports_resolved_by_id_fkey FOREIGN KEY (resolved_by_id) REFERENCES members(id),
  constraint message_reports_room_id_fkey FOREIGN KEY (room_id) REFERENCES rooms(id) ON DELETE CASCADE,
  constraint message_reports_outcome_known CHECK ((outcome = ANY (ARRAY['removed'::text, 'dismissed'::text]))),
  constraint message_reports_reason_known CHECK ((reason = ANY (ARRAY['spam'::text, 'abuse'::text, 'off-topic'::text, 'illegal'::text, 'other'::text]))),
  constraint message_reports_resolved_whole CHECK ((((outcome IS NULL) = (resolved_at IS NULL)) AND ((outcome IS NULL) = (resolved_by_id IS NULL))))
);
CREATE INDEX message_reports_by_message ON public.message_reports USING btree (room_id, number);
CREATE UNIQUE INDEX message_reports_once ON public.message_reports USING btree (by_id, room_id, number) WHERE (outcome IS NULL);
CREATE INDEX message_reports_open ON public.message_reports USING btree (created_at, id) WHERE (outcome IS NULL);

create table message_versions (
  room_id bigint not null,
  number bigint not null,
  version integer not null,
  body text not null,
  created_at timestamp(3) with time zone not null,
  constraint message_versions_once PRIMARY KEY (room_id, number, version),
  constraint message_versions_of FOREIGN KEY (room_id, number) REFERENCES messages(room_id, number) ON DELETE CASCADE
);

create table messages (
  room_id bigint not null,
  number bigint not null,
  author_id bigint not null,
  client_id text not null,
  body text not null,
  html text not null,
  reply_to bigint,
  mentions bigint[] default '{}'::bigint[] not null,
  posts bigint[] default '{}'::bigint[] not null,
  version integer default 1 not null,
  change bigint default 0 not null,
  created_at timestamp(3) with time zone not null,
  edited_at timestamp(3) with time zone,
  deleted_at timestamp(3) with time zone,
  deleted_by_id bigint,
  notice text,
  about_id bigint,
  constraint messages_once PRIMARY KEY (room_id, number),
  constraint messages_sent_once UNIQUE (room_id, author_id, client_id),
  constraint messages_about_id_fkey FOREIGN KEY (about_id) REFERENCES members(id),
  constraint messages_author_id_fkey FOREIGN KEY (author_id) REFERENCES members(id),
  constraint messages_deleted_by_id_fkey FOREIGN KEY (deleted_by_id) REFERENCES members(id),
  constraint messages_room_id_fkey FOREIGN KEY (room_id) REFERENCES rooms(id),
  constraint messages_notice_known CHECK ((notice = ANY (ARRAY['added'::text, 'removed'::text, 'left'::text]))),
  constraint messages_notice_whole CHECK ((((notice IS NULL) = (about_id IS NULL)) AND ((notice IS NULL) OR (body = ''::text))))
);
CREATE INDEX messages_by_about ON public.messages USING btree (about_id) WHERE (about_id IS NOT NULL);
CREATE INDEX messages_by_author ON public.messages USING btree (author_id);
CREATE INDEX messages_by_time ON public.messages USING btree (created_at);
CREATE INDEX messages_changed ON public.messages USING btree (room_id, change) WHERE (change > 0);

create table migrations (
  name text not null,
  hash text not null,
  applied_at timestamp with time zone default now() not null,
  constraint migrations_pkey PRIMARY KEY (name)
);

create table moderation_log (
  id bigint generated always as identity not null,
  by_id bigint not null,
  act text not null,
  post_id bigint,
  comment_id bigint,
  member_id bigint,
  board_id bigint,
  reason text default ''::text not null,
  created_at timestamp(3) with time zone default now() not null,
  constraint moderation_log_pkey PRIMARY KEY (id),
  constraint moderation_log_board_id_fkey FOREIGN KEY (board_id) REFERENCES boards(id) ON DELETE SET NULL,
  constraint moderation_log_by_id_fkey FOREIGN KEY (by_id) REFERENCES members(id),
  constraint moderation_log_comment_id_fkey FOREIGN KEY (comment_id) REFERENCES comments(id),
  constraint moderation_log_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id),
  constraint moderation_log_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts(id)
);
CREATE INDEX moderation_log_latest ON public.moderation_log USING btree (created_at DESC, id DESC);
CREATE INDEX moderation_log_of_boards ON public.moderation_log USING btree (board_id, act) WHERE (board_id IS NOT NULL);

create table notification_settings (
  member_id bigint not null,
  kind text not null,
  page boolean not null,
  mail text not null,
  push boolean not null,
  constraint notification_settings_once PRIMARY KEY (member_id, kind),
  constraint notification_settings_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id),
  constraint notification_settings_mail_known CHECK ((mail = ANY (ARRAY['never'::text, 'now'::text, 'daily'::text, 'weekly'::text])))
);

create table notifications (
  id bigint generated always as identity not null,
  member_id bigint not null,
  kind text not null,
  what text default ''::text not null,
  bundle text not null,
  post_id bigint,
  comment_id bigint,
  board_id bigint,
  tag text,
  room_id bigint,
  actor_id bigint,
  count integer default 1 not null,
  note text default ''::text not null,
  shown boolean not null,
  mail text,
  push boolean not null,
  at timestamp(3) with time zone not null,
  read_at timestamp(3) with time zone,
  mailed_at timestamp(3) with time zone,
  constraint notifications_pkey PRIMARY KEY (id),
  constraint notifications_actor_id_fkey FOREIGN KEY (actor_id) REFERENCES members(id),
  constraint notifications_board_id_fkey FOREIGN KEY (board_id) REFERENCES boards(id) ON DELETE CASCADE,
  constraint notifications_comment_id_fkey FOREIGN KEY (comment_id) REFERENCES comments(id),
  constraint notifications_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id),
  constraint notifications_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts(id),
  constraint notifications_count_some CHECK ((count >= 1)),
  constraint notifications_mail_known CHECK ((mail = ANY (ARRAY['now'::text, 'daily'::text, 'weekly'::text])))
);
CREATE UNIQUE INDEX notifications_bundles ON public.notifications USING btree (member_id, bundle) WHERE (read_at IS NULL);
CREATE INDEX notifications_by_post ON public.notifications USING btree (post_id, member_id);
CREATE INDEX notifications_latest ON public.notifications USING btree (member_id, at DESC, id DESC);
CREATE INDEX notifications_to_mail ON public.notifications USING btree (member_id) WHERE (mail IS NOT NULL);

create table passkeys (
  id bigint generated always as identity not null,
  member_id bigint not null,
  credential text not null,
  public_key bytea not null,
  counter bigint not null,
  transports text[] default '{}'::text[] not null,
  name text not null,
  created_at timestamp(3) with time zone not null,
  used_at timestamp(3) with time zone,
  constraint passkeys_pkey PRIMARY KEY (id),
  constraint passkeys_credential_taken UNIQUE (credential),
  constraint passkeys_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id)
);
CREATE INDEX passkeys_by_member ON public.passkeys USING btree (member_id);

create table personal_blocks (
  member_id bigint not null,
  other_id bigint not null,
  kind text not null,
  created_at timestamp(3) with time zone not null,
  constraint personal_blocks_once PRIMARY KEY (member_id, other_id),
  constraint personal_blocks_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id),
  constraint personal_blocks_other_id_fkey FOREIGN KEY (other_id) REFERENCES members(id),
  constraint personal_blocks_kind_known CHECK ((kind = ANY (ARRAY['mute'::text, 'block'::text]))),
  constraint personal_blocks_not_self CHECK ((member_id <> other_id))
);

create table post_locks (
  post_id bigint not null,
  by_id bigint not null,
  created_at timestamp(3) with time zone default now() not null,
  reason text default ''::text not null,
  constraint post_locks_pkey PRIMARY KEY (post_id),
  constraint post_locks_by_id_fkey FOREIGN KEY (by_id) REFERENCES members(id),
  constraint post_locks_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts(id)
);

create table post_moves (
  id bigint generated always as identity not null,
  post_id bigint not null,
  from_board_id bigint,
  to_board_id bigint,
  by_id bigint not null,
  created_at timestamp(3) with time zone default now() not null,
  reason text default ''::text not null,
  constraint post_moves_pkey PRIMARY KEY (id),
  constraint post_moves_by_id_fkey FOREIGN KEY (by_id) REFERENCES members(id),
  constraint post_moves_from_board_id_fkey FOREIGN KEY (from_board_id) REFERENCES boards(id) ON DELETE SET NULL,
  constraint post_moves_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts(id),
  constraint post_moves_to_board_id_fkey FOREIGN KEY (to_board_id) REFERENCES boards(id) ON DELETE SET NULL
);
CREATE INDEX post_moves_by_post ON public.post_moves USING btree (post_id);

create table post_pins (
  post_id bigint not null,
  by_id bigint not null,
  created_at timestamp(3) with time zone default now() not null,
  reason text default ''::text not null,
  constraint post_pins_pkey PRIMARY KEY (post_id),
  constraint post_pins_by_id_fkey FOREIGN KEY (by_id) REFERENCES members(id),
  constraint post_pins_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts(id)
);

create table post_reads (
  member_id bigint not null,
  post_id bigint not null,
  last_comment_id bigint default 0 not null,
  comments integer default 0 not null,
  read_at timestamp(3) with time zone default now() not null,
  constraint post_reads_once PRIMARY KEY (member_id, post_id),
  constraint post_reads_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id),
  constraint post_reads_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts(id)
);

create table post_tags (
  tag text not null,
  created_at timestamp(3) with time zone not null,
  post_id bigint not null,
  constraint post_tags_pkey PRIMARY KEY (tag, created_at, post_id)
);

create table post_versions (
  post_id bigint not null,
  version integer not null,
  title text not null,
  tags text[] default '{}'::text[] not null,
  body text not null,
  html text not null,
  renderer integer not null,
  by_id bigint not null,
  created_at timestamp(3) with time zone default now() not null,
  note text default ''::text not null,
  constraint post_versions_once PRIMARY KEY (post_id, version),
  constraint post_versions_by_id_fkey FOREIGN KEY (by_id) REFERENCES members(id),
  constraint post_versions_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts(id)
);

create table post_views_daily (
  post_id bigint not null,
  day date not null,
  views integer not null,
  constraint post_views_daily_once PRIMARY KEY (post_id, day)
);

create table post_views_pending (
  post_id bigint not null,
  views integer not null,
  constraint post_views_pending_pkey PRIMARY KEY (post_id)
);

create table post_votes (
  post_id bigint not null,
  member_id bigint not null,
  value smallint not null,
  was smallint default 0 not null,
  created_at timestamp(3) with time zone default now() not null,
  constraint post_votes_once PRIMARY KEY (post_id, member_id),
  constraint post_votes_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id),
  constraint post_votes_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts(id),
  constraint post_votes_value CHECK ((value = ANY (ARRAY['-1'::integer, 1])))
);

create table posts (
  id bigint generated always as identity not null,
  board_id bigint not null,
  author_id bigint not null,
  kind text not null,
  title text not null,
  tags text[] default '{}'::text[] not null,
  version integer default 1 not null,
  created_at timestamp(3) with time zone default now() not null,
  edited_at timestamp(3) with time zone,
  active_at timestamp(3) with time zone default now() not null,
  votes integer default 0 not null,
  imported_votes integer default 0 not null,
  comments integer default 0 not null,
  answers integer default 0 not null,
  views bigint default 0 not null,
  hot double precision not null,
  accepted_id bigint,
  deleted_at timestamp(3) with time zone,
  deleted_by_id bigint,
  imported_from text,
  constraint posts_pkey PRIMARY KEY (id),
  constraint posts_accepted_own_answer FOREIGN KEY (id, accepted_id) REFERENCES comments(post_id, id),
  constraint posts_author_id_fkey FOREIGN KEY (author_id) REFERENCES members(id),
  constraint posts_board_id_fkey FOREIGN KEY (board_id) REFERENCES boards(id),
  constraint posts_deleted_by_id_fkey FOREIGN KEY (deleted_by_id) REFERENCES members(id),
  constraint posts_kind_known CHECK ((kind = ANY (ARRAY['discussion'::text, 'question'::text])))
);
CREATE INDEX posts_active ON public.posts USING btree (active_at DESC, id DESC);
CREATE INDEX posts_board_active ON public.posts USING btree (board_id, active_at DESC, id DESC);
CREATE INDEX posts_board_hot ON public.posts USING btree (board_id, hot DESC, id DESC);
CREATE INDEX posts_board_latest ON public.posts USING btree (board_id, created_at DESC, id DESC);
CREATE INDEX posts_board_top ON public.posts USING btree (board_id, votes DESC, id DESC, created_at);
CREATE INDEX posts_by_author ON public.posts USING btree (author_id, created_at DESC, id DESC);
CREATE INDEX posts_deleted ON public.posts USING btree (author_id, deleted_at DESC, id DESC) WHERE (deleted_at IS NOT NULL);
CREATE INDEX posts_hot ON public.posts USING btree (hot DESC, id DESC);
CREATE UNIQUE INDEX posts_imported ON public.posts USING btree (imported_from) WHERE (imported_from IS NOT NULL);
CREATE INDEX posts_latest ON public.posts USING btree (created_at DESC, id DESC);
CREATE INDEX posts_top ON public.posts USING btree (votes DESC, id DESC, created_at);
CREATE TRIGGER posts_tagged AFTER INSERT ON public.posts FOR EACH ROW WHEN ((new.tags <> '{}'::text[])) EXECUTE FUNCTION keep_post_tags();
CREATE TRIGGER posts_tagged_anew AFTER UPDATE OF tags ON public.posts FOR EACH ROW WHEN ((new.tags <> old.tags)) EXECUTE FUNCTION keep_post_tags();

create table push_subscriptions (
  id bigint generated always as identity not null,
  member_id bigint not null,
  session_id uuid not null,
  endpoint text not null,
  p256dh text not null,
  auth text not null,
  created_at timestamp(3) with time zone not null,
  failures integer default 0 not null,
  constraint push_subscriptions_pkey PRIMARY KEY (id),
  constraint push_subscriptions_once UNIQUE (endpoint),
  constraint push_subscriptions_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id),
  constraint push_subscriptions_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions(id) ON DELETE CASCADE
);
CREATE INDEX push_subscriptions_by_member ON public.push_subscriptions USING btree (member_id);
CREATE INDEX push_subscriptions_by_session ON public.push_subscriptions USING btree (session_id);

create table recovery_codes (
  member_id bigint not null,
  code_hash bytea not null,
  constraint recovery_codes_once PRIMARY KEY (member_id, code_hash),
  constraint recovery_codes_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id)
);

create table reports (
  id bigint generated always as identity not null,
  post_id bigint not null,
  comment_id bigint,
  by_id bigint not null,
  reason text not null,
  detail text default ''::text not null,
  created_at timestamp(3) with time zone default now() not null,
  outcome text,
  resolved_by_id bigint,
  resolved_at timestamp(3) with time zone,
  note text default ''::text not null,
  constraint reports_pkey PRIMARY KEY (id),
  constraint reports_by_id_fkey FOREIGN KEY (by_id) REFERENCES members(id),
  constraint reports_comment_of_post FOREIGN KEY (post_id, comment_id) REFERENCES comments(post_id, id),
  constraint reports_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts(id),
  constraint reports_resolved_by_id_fkey FOREIGN KEY (resolved_by_id) REFERENCES members(id),
  constraint reports_outcome_known CHECK ((outcome = ANY (ARRAY['removed'::text, 'dismissed'::text]))),
  constraint reports_reason_known CHECK ((reason = ANY (ARRAY['spam'::text, 'abuse'::text, 'off-topic'::text, 'illegal'::text, 'other'::text]))),
  constraint reports_resolved_whole CHECK ((((outcome IS NULL) = (resolved_at IS NULL)) AND ((outcome IS NULL) = (resolved_by_id IS NULL))))
);
CREATE INDEX reports_by_thing ON public.reports USING btree (post_id, COALESCE(comment_id, (0)::bigint)) WHERE (outcome IS NULL);
CREATE INDEX reports_done ON public.reports USING btree (resolved_at DESC, id DESC) WHERE (outcome IS NOT NULL);
CREATE UNIQUE INDEX reports_once ON public.reports USING btree (by_id, post_id, COALESCE(comment_id, (0)::bigint)) WHERE (outcome IS NULL);
CREATE INDEX reports_open ON public.reports USING btree (created_at, id) WHERE (outcome IS NULL);

create table room_members (
  room_id bigint not null,
  member_id bigint not null,
  joined_at timestamp(3) with time zone default now() not null,
  from_number bigint default 0 not null,
  read_number bigint default 0 not null,
  muted boolean default false not null,
  constraint room_members_once PRIMARY KEY (room_id, member_id),
  constraint room_members_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id),
  constraint room_members_room_id_fkey FOREIGN KEY (room_id) REFERENCES rooms(id) ON DELETE CASCADE,
  constraint room_members_read CHECK (((read_number >= from_number) AND (from_number >= 0)))
);
CREATE INDEX room_members_by_member ON public.room_members USING btree (member_id, room_id);

create table rooms (
  id bigint generated always as identity not null,
  kind text not null,
  name text default ''::text not null,
  owner_id bigint,
  low_id bigint,
  high_id bigint,
  board_id bigint,
  created_at timestamp(3) with time zone default now() not null,
  active_at timestamp(3) with time zone default now() not null,
  last_number bigint default 0 not null,
  last_change bigint default 0 not null,
  forgotten bigint default 0 not null,
  members integer default 0 not null,
  closed_at timestamp(3) with time zone,
  constraint rooms_pkey PRIMARY KEY (id),
  constraint rooms_board_once UNIQUE (board_id),
  constraint rooms_pair_once UNIQUE (low_id, high_id),
  constraint rooms_board_id_fkey FOREIGN KEY (board_id) REFERENCES boards(id) ON DELETE CASCADE,
  constraint rooms_high_id_fkey FOREIGN KEY (high_id) REFERENCES members(id),
  constraint rooms_low_id_fkey FOREIGN KEY (low_id) REFERENCES members(id),
  constraint rooms_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES members(id),
  constraint rooms_board_whole CHECK (((kind = 'board'::text) = (board_id IS NOT NULL))),
  constraint rooms_counts CHECK (((last_number >= 0) AND (last_change >= 0) AND ((forgotten >= 0) AND (forgotten <= last_number)) AND (members >= 0))),
  constraint rooms_kind_known CHECK ((kind = ANY (ARRAY['pair'::text, 'group'::text, 'board'::text]))),
  constraint rooms_pair_whole CHECK ((((kind = 'pair'::text) = (low_id IS NOT NULL)) AND ((low_id IS NULL) = (high_id IS NULL)) AND (low_id < high_id)))
);

create table search_comments (
  comment_id bigint not null,
  post_id bigint not null,
  tokens tsvector not null,
  analyser smallint not null,
  filler text default repeat(' '::text, 2100) not null,
  constraint search_comments_pkey PRIMARY KEY (comment_id),
  constraint search_comments_comment_id_fkey FOREIGN KEY (comment_id) REFERENCES comments(id) ON DELETE CASCADE
);
CREATE INDEX search_comments_tokens ON public.search_comments USING gin (tokens) WITH (fastupdate='on', gin_pending_list_limit='1024');

create table search_posts (
  post_id bigint not null,
  tokens tsvector not null,
  analyser smallint not null,
  filler text default repeat(' '::text, 2100) not null,
  constraint search_posts_pkey PRIMARY KEY (post_id),
  constraint search_posts_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts(id) ON DELETE CASCADE
);
CREATE INDEX search_posts_tokens ON public.search_posts USING gin (tokens) WITH (fastupdate='on', gin_pending_list_limit='1024');

create table search_sample (
  one boolean default true not null,
  docs integer not null,
  pairs double precision not null,
  words double precision not null,
  taken_at timestamp(3) with time zone not null,
  constraint search_sample_pkey PRIMARY KEY (one),
  constraint search_sample_single CHECK (one)
);

create table search_terms (
  term text not null,
  docs integer not null,
  constraint search_terms_pkey PRIMARY KEY (term)
);

create table search_words (
  word text not null,
  letters text not null,
  docs integer not null,
  constraint search_words_pkey PRIMARY KEY (word)
);
CREATE INDEX search_words_by_beginning ON public.search_words USING btree (letters);
CREATE INDEX search_words_by_end ON public.search_words USING btree (reverse(letters));

create table security_events (
  id bigint generated always as identity not null,
  member_id bigint not null,
  by_id bigint,
  kind text not null,
  created_at timestamp(3) with time zone not null,
  constraint security_events_pkey PRIMARY KEY (id),
  constraint security_events_by_id_fkey FOREIGN KEY (by_id) REFERENCES members(id),
  constraint security_events_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id)
);
CREATE INDEX security_events_by_member ON public.security_events USING btree (member_id, id DESC);

create table sessions (
  id uuid not null,
  member_id bigint not null,
  secret_hash bytea not null,
  kind text not null,
  agent text default ''::text not null,
  created_at timestamp(3) with time zone default now() not null,
  seen_at timestamp(3) with time zone default now() not null,
  expires_at timestamp(3) with time zone not null,
  network text default ''::text not null,
  proved_at timestamp(3) with time zone,
  constraint sessions_pkey PRIMARY KEY (id),
  constraint sessions_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id),
  constraint sessions_kind_known CHECK ((kind = ANY (ARRAY['browser'::text, 'client'::text])))
);
CREATE INDEX sessions_by_expiry ON public.sessions USING btree (expires_at);
CREATE INDEX sessions_by_member ON public.sessions USING btree (member_id);

create table settings (
  name text not null,
  value jsonb not null,
  constraint settings_pkey PRIMARY KEY (name)
);

create table sign_in_codes (
  member_id bigint not null,
  session_id uuid not null,
  code_hash bytea not null,
  token_hash bytea not null,
  expires_at timestamp(3) with time zone not null,
  constraint sign_in_codes_pkey PRIMARY KEY (member_id),
  constraint sign_in_codes_code UNIQUE (code_hash),
  constraint sign_in_codes_token UNIQUE (token_hash),
  constraint sign_in_codes_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id),
  constraint sign_in_codes_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions(id) ON DELETE CASCADE
);
CREATE INDEX sign_in_codes_by_session ON public.sign_in_codes USING btree (session_id);

create table sign_ins (
  id bigint generated always as identity not null,
  member_id bigint,
  way text not null,
  refused boolean not null,
  agent text not null,
  network text not null,
  created_at timestamp(3) with time zone not null,
  constraint sign_ins_pkey PRIMARY KEY (id),
  constraint sign_ins_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id)
);
CREATE INDEX sign_ins_by_member ON public.sign_ins USING btree (member_id, id DESC);

create table sign_ups (
  member_id bigint not null,
  invitation_id bigint,
  message text default ''::text not null,
  created_at timestamp(3) with time zone not null,
  outcome text,
  decided_by_id bigint,
  decided_at timestamp(3) with time zone,
  reason text default ''::text not null,
  constraint sign_ups_pkey PRIMARY KEY (member_id),
  constraint sign_ups_decided_by_id_fkey FOREIGN KEY (decided_by_id) REFERENCES members(id),
  constraint sign_ups_invitation_id_fkey FOREIGN KEY (invitation_id) REFERENCES invitations(id) ON DELETE SET NULL,
  constraint sign_ups_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id),
  constraint sign_ups_outcome_known CHECK ((outcome = ANY (ARRAY['approved'::text, 'refused'::text])))
);
CREATE INDEX sign_ups_by_invitation ON public.sign_ups USING btree (invitation_id) WHERE (invitation_id IS NOT NULL);

create table site_texts (
  name text not null,
  body text not null,
  changed_at timestamp(3) with time zone not null,
  changed_by_id bigint not null,
  constraint site_texts_pkey PRIMARY KEY (name),
  constraint site_texts_changed_by_id_fkey FOREIGN KEY (changed_by_id) REFERENCES members(id),
  constraint site_texts_body_some CHECK ((body <> ''::text)),
  constraint site_texts_name_known CHECK ((name = ANY (ARRAY['rules'::text, 'terms'::text, 'privacy'::text, 'contact'::text])))
);

create table tags (
  name text not null,
  posts integer default 0 not null,
  constraint tags_pkey PRIMARY KEY (name)
);
CREATE INDEX tags_by_initials ON public.tags USING btree (initials(name) text_pattern_ops);
CREATE INDEX tags_by_name ON public.tags USING btree (name text_pattern_ops);

create table totp_secrets (
  member_id bigint not null,
  sealed bytea not null,
  created_at timestamp(3) with time zone not null,
  confirmed_at timestamp(3) with time zone,
  used_step bigint default 0 not null,
  constraint totp_secrets_pkey PRIMARY KEY (member_id),
  constraint totp_secrets_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id)
);

create table trending_posts (
  span text not null,
  post_id bigint not null,
  score double precision not null,
  people integer not null,
  exposure double precision not null,
  relative_exposure double precision not null,
  constraint trending_posts_once PRIMARY KEY (span, post_id),
  constraint trending_posts_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts(id)
);

create table trending_runs (
  what text not null,
  at timestamp(3) with time zone not null,
  took_ms integer not null,
  constraint trending_runs_pkey PRIMARY KEY (what),
  constraint trending_runs_what_known CHECK ((what = ANY (ARRAY['posts'::text, 'words'::text])))
);

create table trending_tags (
  span text not null,
  read_by text not null,
  tag text not null,
  score double precision not null,
  people integer not null,
  posts integer not null,
  constraint trending_tags_once PRIMARY KEY (span, read_by, tag)
);

create table trending_words (
  span text not null,
  word text not null,
  score double precision not null,
  people integer not null,
  people_before integer not null,
  constraint trending_words_once PRIMARY KEY (span, word)
);

create table visitor_keys (
  day date not null,
  key bytea not null,
  constraint visitor_keys_pkey PRIMARY KEY (day)
);

create table webhook_deliveries (
  id bigint generated always as identity not null,
  webhook_id text not null,
  event text not null,
  subject_id bigint,
  happened_at timestamp(3) with time zone not null,
  state text default 'waiting'::text not null,
  tries integer default 0 not null,
  tried_at timestamp(3) with time zone,
  status integer,
  ms integer,
  problem text default ''::text not null,
  constraint webhook_deliveries_pkey PRIMARY KEY (id),
  constraint webhook_deliveries_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES webhooks(id) ON DELETE CASCADE,
  constraint webhook_deliveries_state_known CHECK ((state = ANY (ARRAY['waiting'::text, 'sent'::text, 'failed'::text, 'gone'::text, 'stopped'::text])))
);
CREATE INDEX webhook_deliveries_by_time ON public.webhook_deliveries USING btree (happened_at);
CREATE INDEX webhook_deliveries_by_webhook ON public.webhook_deliveries USING btree (webhook_id, id DESC);

create table webhooks (
  id text not null,
  url text not null,
  events text[] not null,
  private boolean not null,
  secret_sealed bytea not null,
  by_id bigint not null,
  created_at timestamp(3) with time zone not null,
  failures integer default 0 not null,
  failing_since timestamp(3) with time zone,
  disabled_at timestamp(3) with time zone,
  disabled_why text,
  constraint webhooks_pkey PRIMARY KEY (id),
  constraint webhooks_by_id_fkey FOREIGN KEY (by_id) REFERENCES members(id),
  constraint webhooks_disabled_has_reason CHECK (((disabled_at IS NULL) = (disabled_why IS NULL))),
  constraint webhooks_disabled_why_known CHECK ((disabled_why = ANY (ARRAY['failures'::text, 'administrator'::text]))),
  constraint webhooks_events_some CHECK ((cardinality(events) > 0))
);
