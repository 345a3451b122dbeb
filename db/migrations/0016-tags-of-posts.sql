-- The posts of a tag in the order of time: the GIN index over posts.tags gives them unsorted, and of a million posts a
-- tag's page walked thousands. Kept as an index would be, by triggers, so that every program that writes posts keeps
-- it, an older one too; a vote or a comment changes no tags and does not come here.
create table post_tags (
  tag text not null,
  created_at timestamptz(3) not null,
  post_id bigint not null,
  constraint post_tags_pkey primary key (tag, created_at, post_id)
);

create function keep_post_tags() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    delete from post_tags k
    where k.tag = any(old.tags) and k.created_at = old.created_at and k.post_id = old.id and not k.tag = any(new.tags);
  end if;
  insert into post_tags (tag, created_at, post_id) select t, new.created_at, new.id from unnest(new.tags) t
  on conflict do nothing;
  return null;
end $$;

create trigger posts_tagged after insert on posts
  for each row when (new.tags <> '{}') execute function keep_post_tags();
create trigger posts_tagged_anew after update of tags on posts
  for each row when (new.tags <> old.tags) execute function keep_post_tags();

insert into post_tags (tag, created_at, post_id)
  select distinct t, p.created_at, p.id from posts p cross join unnest(p.tags) t order by 1, 2, 3;
analyze post_tags;
