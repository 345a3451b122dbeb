-- Boards that take nothing new any more, with all that lies below them.
create table board_archives (
  board_id bigint primary key references boards (id) on delete cascade,
  by_id bigint not null references members (id),
  reason text not null default '',
  created_at timestamptz(3) not null default now()
);

-- Boards whose posts go to another one. When the board itself is gone, its address leads there.
create table board_removals (
  slug text primary key,
  board_id bigint constraint board_removals_once unique references boards (id) on delete set null,
  to_board_id bigint not null references boards (id) on delete cascade,
  read_by text not null constraint board_removals_read_known check (read_by in ('everyone', 'members', 'moderators')),
  by_id bigint not null references members (id),
  created_at timestamptz(3) not null default now()
);
create index board_removals_by_target on board_removals (to_board_id);

-- The rows were checked under the constraints before: the next migration checks them again while readers and writers go on.
-- What is told of a board goes with it; what was done to it stays. A room goes when nothing that was said in it is kept,
-- with the closed reports of what was.
alter table follows drop constraint follows_board_id_fkey,
  add constraint follows_board_id_fkey foreign key (board_id) references boards (id) on delete cascade not valid;
alter table notifications drop constraint notifications_board_id_fkey,
  add constraint notifications_board_id_fkey foreign key (board_id) references boards (id) on delete cascade not valid;
alter table moderation_log drop constraint moderation_log_board_id_fkey,
  add constraint moderation_log_board_id_fkey foreign key (board_id) references boards (id) on delete set null not valid;
alter table post_moves alter column from_board_id drop not null, alter column to_board_id drop not null,
  drop constraint post_moves_from_board_id_fkey, drop constraint post_moves_to_board_id_fkey,
  add constraint post_moves_from_board_id_fkey foreign key (from_board_id) references boards (id) on delete set null not valid,
  add constraint post_moves_to_board_id_fkey foreign key (to_board_id) references boards (id) on delete set null not valid;
alter table rooms drop constraint rooms_board_id_fkey,
  add constraint rooms_board_id_fkey foreign key (board_id) references boards (id) on delete cascade not valid;
alter table message_reports drop constraint message_reports_room_id_fkey,
  add constraint message_reports_room_id_fkey foreign key (room_id) references rooms (id) on delete cascade not valid;
alter table room_members drop constraint room_members_room_id_fkey,
  add constraint room_members_room_id_fkey foreign key (room_id) references rooms (id) on delete cascade not valid;

-- The few members with a role among all others, and the few lines of the log that are about boards.
create index members_staff on members (role) where role <> 'member';
create index moderation_log_of_boards on moderation_log (board_id, act) where board_id is not null;
