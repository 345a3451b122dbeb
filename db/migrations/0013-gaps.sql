-- Invitations can name the board on which the newcomer arrives.
alter table invitations add column board_id bigint references boards on delete set null;
create index invitations_by_board on invitations (board_id) where board_id is not null;

-- The version that an edit was begun from: what others saved after it is shown as a conflict. Null: not known.
alter table drafts add column base_version integer;
