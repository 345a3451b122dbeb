-- Writes put their words down in a list beside the index; every second all of them go to their places together
-- (src/modules/search/settling.ts). A list of a megabyte, some four hundred posts, is emptied by whoever fills it.
alter index search_posts_tokens set (fastupdate = on, gin_pending_list_limit = 1024);
alter index search_comments_tokens set (fastupdate = on, gin_pending_list_limit = 1024);
