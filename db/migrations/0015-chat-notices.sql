-- Lines of a group's log that nobody wrote: who brought somebody in, who sent them away, who left.
-- Of whom it tells; of one who leaves, the author.
alter table messages add column notice text constraint messages_notice_known check (notice in ('added', 'removed', 'left'));
alter table messages add column about_id bigint references members;
alter table messages add constraint messages_notice_whole check ((notice is null) = (about_id is null) and (notice is null or body = ''));
create index messages_by_about on messages (about_id) where about_id is not null;
