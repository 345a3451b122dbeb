-- The boards that take nothing new: those that were archived and all that lies below them, for a statement that is about to
-- write. It looks when it is called, not when its statement began, and whoever arranges boards waits until what it allowed
-- is there (`lockTree`). Asked once a statement; `takes_new` was asked once a row, and programs of before still do.
create function closed_boards() returns bigint[] language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(7273265);
  return array(
    with recursive archived as (
      select board_id as id from board_archives
      union select b.id from boards b join archived a on b.parent_id = a.id
    ) select id from archived);
end
$$;

-- The same number. `extract` of a time with a zone is not immutable, and PostgreSQL called the function for each row
-- instead of putting what it says into the statement.
create or replace function hot_rank(score integer, born timestamptz) returns double precision immutable parallel safe
return sign(score::double precision) * log(greatest(abs(score), 1)::double precision)
  + (extract(epoch from born at time zone 'UTC')::double precision - 1134028003) / 45000;
