-- Whether a board takes what is just being written: not when it, or one above it, is archived. It looks when it is called,
-- not when its statement began, and whoever arranges boards waits until what it allowed is there (`lockTree`).
create function takes_new(board bigint) returns boolean language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(7273265);
  return board not in (
    with recursive archived as (
      select board_id as id from board_archives
      union select b.id from boards b join archived a on b.parent_id = a.id
    ) select id from archived);
end
$$;

-- What a member wrote and somebody deleted, last deleted first.
create index posts_deleted on posts (author_id, deleted_at desc, id desc) where deleted_at is not null;
