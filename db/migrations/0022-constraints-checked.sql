-- The constraints that 0021 renewed, checked in a transaction of its own: readers and writers go on meanwhile.
alter table follows validate constraint follows_board_id_fkey;
alter table notifications validate constraint notifications_board_id_fkey;
alter table moderation_log validate constraint moderation_log_board_id_fkey;
alter table post_moves validate constraint post_moves_from_board_id_fkey;
alter table post_moves validate constraint post_moves_to_board_id_fkey;
alter table rooms validate constraint rooms_board_id_fkey;
alter table message_reports validate constraint message_reports_room_id_fkey;
alter table room_members validate constraint room_members_room_id_fkey;
