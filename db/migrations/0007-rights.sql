-- Leaving, with thirty days in which staff still sees who it was; whom a member does not want to read; notes of the staff.

create table member_tombstones (
  member_id bigint primary key references members,
  name text not null,
  name_key text not null,
  email text,
  about text not null default '',
  withdrawn_at timestamptz(3) not null
);
create index member_tombstones_by_name on member_tombstones (name_key text_pattern_ops);
create index member_tombstones_by_time on member_tombstones (withdrawn_at);

-- mute: their posts and comments are folded away. block: they also cannot answer this member.
create table personal_blocks (
  member_id bigint not null references members,
  other_id bigint not null references members,
  kind text not null constraint personal_blocks_kind_known check (kind in ('mute', 'block')),
  created_at timestamptz(3) not null,
  constraint personal_blocks_once primary key (member_id, other_id),
  constraint personal_blocks_not_self check (member_id <> other_id)
);

create table member_notes (
  id bigint generated always as identity primary key,
  member_id bigint not null references members,
  by_id bigint not null references members,
  text text not null,
  created_at timestamptz(3) not null
);
create index member_notes_by_member on member_notes (member_id, id desc);
