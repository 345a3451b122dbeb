-- The queue shows one entry for each thing reported: to find its other open reports, and to count the things.
create index reports_by_thing on reports (post_id, coalesce(comment_id, 0)) where outcome is null;
