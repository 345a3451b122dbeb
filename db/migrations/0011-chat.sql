-- Rooms in which members talk: each is a log of messages, numbered without holes under the room's lock.

create table rooms (
  id bigint generated always as identity primary key,
  kind text not null constraint rooms_kind_known check (kind in ('pair', 'group', 'board')),
  -- of groups; '' for those that are called after their members, and for pairs and boards
  name text not null default '',
  owner_id bigint references members,
  -- a pair, whichever of the two began: the smaller id first
  low_id bigint references members,
  high_id bigint references members,
  board_id bigint references boards,
  created_at timestamptz(3) not null default now(),
  active_at timestamptz(3) not null default now(),
  last_number bigint not null default 0,
  -- counts edits, deletions and reactions, so that who was away asks for those after the last one they know
  last_change bigint not null default 0,
  -- up to this number retention has removed
  forgotten bigint not null default 0,
  members integer not null default 0,
  -- a board's room that an administrator closed
  closed_at timestamptz(3),
  constraint rooms_pair_once unique (low_id, high_id),
  constraint rooms_board_once unique (board_id),
  constraint rooms_pair_whole check ((kind = 'pair') = (low_id is not null) and (low_id is null) = (high_id is null) and low_id < high_id),
  constraint rooms_board_whole check ((kind = 'board') = (board_id is not null)),
  constraint rooms_counts check (last_number >= 0 and last_change >= 0 and forgotten between 0 and last_number and members >= 0)
);

create table room_members (
  room_id bigint not null references rooms,
  member_id bigint not null references members,
  joined_at timestamptz(3) not null default now(),
  -- reads what came after this number: not what was said before they came
  from_number bigint not null default 0,
  read_number bigint not null default 0,
  muted boolean not null default false,
  constraint room_members_once primary key (room_id, member_id),
  constraint room_members_read check (read_number >= from_number and from_number >= 0)
);
create index room_members_by_member on room_members (member_id, room_id);

create table messages (
  room_id bigint not null references rooms,
  number bigint not null,
  author_id bigint not null references members,
  -- made by the sender: sent again, it is the same message
  client_id text not null,
  -- '' when deleted
  body text not null,
  html text not null,
  reply_to bigint,
  -- members of the room that it names, posts that it links to
  mentions bigint[] not null default '{}',
  posts bigint[] not null default '{}',
  version integer not null default 1,
  -- the room's `last_change` when it was last changed; 0: never
  change bigint not null default 0,
  created_at timestamptz(3) not null,
  edited_at timestamptz(3),
  deleted_at timestamptz(3),
  deleted_by_id bigint references members,
  constraint messages_once primary key (room_id, number),
  constraint messages_sent_once unique (room_id, author_id, client_id)
);
create index messages_changed on messages (room_id, change) where change > 0;
create index messages_by_time on messages (created_at);
create index messages_by_author on messages (author_id);

-- What a message said before it was edited.
create table message_versions (
  room_id bigint not null,
  number bigint not null,
  version integer not null,
  body text not null,
  created_at timestamptz(3) not null,
  constraint message_versions_once primary key (room_id, number, version),
  constraint message_versions_of foreign key (room_id, number) references messages on delete cascade
);

create table message_reactions (
  room_id bigint not null,
  number bigint not null,
  member_id bigint not null references members,
  emoji text not null,
  created_at timestamptz(3) not null,
  constraint message_reactions_once primary key (room_id, number, member_id, emoji),
  constraint message_reactions_of foreign key (room_id, number) references messages on delete cascade
);
create index message_reactions_by_member on message_reactions (member_id);

-- Pictures that messages show.
create table message_files (
  file_id bigint not null references files,
  room_id bigint not null,
  number bigint not null,
  constraint message_files_once primary key (room_id, number, file_id),
  constraint message_files_of foreign key (room_id, number) references messages on delete cascade
);
create index message_files_by_file on message_files (file_id);

-- What members told the moderators about. Keeps the text as it was: the message may be changed or removed meanwhile.
create table message_reports (
  id bigint generated always as identity primary key,
  room_id bigint not null references rooms,
  number bigint not null,
  author_id bigint not null references members,
  body text not null,
  html text not null,
  by_id bigint not null references members,
  reason text not null constraint message_reports_reason_known check (reason in ('spam', 'abuse', 'off-topic', 'illegal', 'other')),
  detail text not null default '',
  created_at timestamptz(3) not null,
  outcome text constraint message_reports_outcome_known check (outcome in ('removed', 'dismissed')),
  resolved_by_id bigint references members,
  resolved_at timestamptz(3),
  note text not null default '',
  constraint message_reports_resolved_whole check ((outcome is null) = (resolved_at is null) and (outcome is null) = (resolved_by_id is null))
);
create unique index message_reports_once on message_reports (by_id, room_id, number) where outcome is null;
create index message_reports_open on message_reports (created_at, id) where outcome is null;
create index message_reports_by_message on message_reports (room_id, number);
