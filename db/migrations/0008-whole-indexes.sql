-- The lists' indexes without a condition. Each statement that changes a post, and be it by one vote, prepares the
-- condition of each partial index anew: nine of them took a sixth of a vote's time. Deleted posts are few.
drop index posts_latest, posts_hot, posts_top, posts_active,
  posts_board_latest, posts_board_hot, posts_board_top, posts_board_active, posts_by_tag;
create index posts_latest on posts (created_at desc, id desc);
create index posts_hot on posts (hot desc, id desc);
create index posts_top on posts (votes desc, id desc);
create index posts_active on posts (active_at desc, id desc);
create index posts_board_latest on posts (board_id, created_at desc, id desc);
create index posts_board_hot on posts (board_id, hot desc, id desc);
create index posts_board_top on posts (board_id, votes desc, id desc);
create index posts_board_active on posts (board_id, active_at desc, id desc);
create index posts_by_tag on posts using gin (tags) with (fastupdate = off);
