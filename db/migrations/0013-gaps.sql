-- Invitations can name the board on which the newcomer arrives.
alter table invitations add column board_id bigint references boards on delete set null;
create index invitations_by_board on invitations (board_id) where board_id is not null;
