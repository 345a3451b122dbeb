-- What members are told of, how they want to hear of it, and what they follow.

-- Null: the site's.
alter table members add time_zone text;

-- One of a board, a post, a tag or a member; `nothing` of a post mutes its thread.
create table follows (
  id bigint generated always as identity primary key,
  member_id bigint not null references members,
  board_id bigint references boards,
  post_id bigint references posts,
  tag text,
  other_id bigint references members,
  level text not null constraint follows_level_known check (level in ('everything', 'nothing')),
  created_at timestamptz(3) not null,
  constraint follows_once unique nulls not distinct (board_id, post_id, tag, other_id, member_id),
  constraint follows_one_thing check (num_nonnulls(board_id, post_id, tag, other_id) = 1),
  constraint follows_not_self check (member_id <> other_id),
  constraint follows_mute_of_post check (level = 'everything' or post_id is not null)
);
create index follows_by_member on follows (member_id, id desc);

create table notifications (
  id bigint generated always as identity primary key,
  member_id bigint not null references members,
  kind text not null,
  -- Of which sort among its kind: the outcome of a moderator's act, the source of a followed post.
  what text not null default '',
  -- The thing in words of the program: as long as it is unread, more about the same thing counts here.
  bundle text not null,
  post_id bigint references posts,
  comment_id bigint references comments,
  board_id bigint references boards,
  tag text,
  room_id bigint,
  -- Who did the last of it.
  actor_id bigint references members,
  count integer not null default 1,
  -- A moderator's reason.
  note text not null default '',
  -- Whether it stands in the page; what is only mailed or pushed does not.
  shown boolean not null,
  -- The mail that it still waits for.
  mail text,
  push boolean not null,
  at timestamptz(3) not null,
  read_at timestamptz(3),
  mailed_at timestamptz(3),
  constraint notifications_mail_known check (mail in ('now', 'daily', 'weekly')),
  constraint notifications_count_some check (count >= 1)
);
create unique index notifications_bundles on notifications (member_id, bundle) where read_at is null;
create index notifications_latest on notifications (member_id, at desc, id desc);
create index notifications_by_post on notifications (post_id, member_id);
create index notifications_to_mail on notifications (member_id) where mail is not null;

-- What differs from the defaults of the program.
create table notification_settings (
  member_id bigint not null references members,
  kind text not null,
  page boolean not null,
  mail text not null,
  push boolean not null,
  constraint notification_settings_once primary key (member_id, kind),
  constraint notification_settings_mail_known check (mail in ('never', 'now', 'daily', 'weekly'))
);

-- A browser that wants to be told while no page is open. It ends with the session that asked for it.
create table push_subscriptions (
  id bigint generated always as identity primary key,
  member_id bigint not null references members,
  session_id uuid not null references sessions on delete cascade,
  endpoint text not null,
  p256dh text not null,
  auth text not null,
  created_at timestamptz(3) not null,
  failures integer not null default 0,
  constraint push_subscriptions_once unique (endpoint)
);
create index push_subscriptions_by_member on push_subscriptions (member_id);
create index push_subscriptions_by_session on push_subscriptions (session_id);
