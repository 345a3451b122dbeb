-- The best of a week without reading the posts of all other weeks: the index itself says which are of that week.
drop index posts_top;
create index posts_top on posts (votes desc, id desc, created_at);
drop index posts_board_top;
create index posts_board_top on posts (board_id, votes desc, id desc, created_at);
