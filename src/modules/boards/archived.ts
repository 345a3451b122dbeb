/**
 * The boards that take nothing new, as a set for `in`: those that were archived and all that lies below them, as the tree
 * is now. Where nothing is archived it costs one look into an empty table.
 */
export const archivedIds = `(
  with recursive archived as (
    select board_id as id from board_archives
    union select b.id from boards b join archived a on b.parent_id = a.id
  ) select id from archived)`
