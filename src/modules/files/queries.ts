const isLogo = `exists (select from settings s where s.name = 'site.logo' and s.value = to_jsonb(f.name))`

/**
 * Whether a viewer may read a file `f`: an avatar while its member has it; the site's logo; a picture where they may read at least one
 * place that shows it, or that they uploaded and that stands nowhere yet. The rules are those of the posts', the
 * comments' and the rooms' own ways of finding. $1: reading levels, $2: the viewer's id, $3: whether they moderate.
 */
const isReadable = `
  case f.kind when 'avatar' then exists (select from members m where m.id = f.uploader_id and m.avatar = f.name)
  when 'logo' then ${isLogo}
  else exists (
    select from file_uses u join posts p on p.id = u.post_id join boards b on b.id = p.board_id
    left join comments c on c.id = u.comment_id
    where u.file_id = f.id and b.read_by = any($1)
      and (p.deleted_at is null or $3 or (p.author_id = $2::bigint and p.deleted_by_id = $2))
      and (c.deleted_at is null or $3 or (c.author_id = $2::bigint and c.deleted_by_id = $2))
  ) or exists (
    select from message_files u join rooms r on r.id = u.room_id left join boards b on b.id = r.board_id
    left join room_members x on x.room_id = r.id and x.member_id = $2::bigint
    where u.file_id = f.id and case when r.kind = 'board' then $2 is not null and r.closed_at is null and b.read_by = any($1)
      else x.member_id is not null and u.number > x.from_number end
  ) or (f.uploader_id = $2::bigint and not exists (
    select from file_uses u where u.file_id = f.id union all select from message_files u where u.file_id = f.id)) end`

/** $4: the name. */
export const findReadable = `
  select f.id, f.kind, f.sizes,
    f.kind in ('avatar', 'logo') or exists (
      select from file_uses u join posts p on p.id = u.post_id join boards b on b.id = p.board_id
      left join comments c on c.id = u.comment_id
      where u.file_id = f.id and b.read_by = 'everyone' and p.deleted_at is null and c.deleted_at is null
    ) as public
  from files f where f.name = $4 and f.removed_at is null and (${isReadable})`

/** $4: names of files. Those that the reader may read are kept. */
const keptFiles = `
  with named as (
    select f.id from files f
    where f.name = any($4::text[]) and f.kind = 'image' and f.removed_at is null and (${isReadable})
    order by f.id for no key update
  ), kept as (
    update files f set unused_since = null from named where f.id = named.id returning f.id
  )`

/**
 * Notes what the text of a place shows: $4 its files, $5 the post, $6 the comment or null. Nobody makes a file show
 * somewhere that they may not read themselves; what the place showed before may stay. The rows are changed even where
 * nothing changes, so that the clean-up, which locks them too, sees the use or is seen.
 */
export const recordUses = `${keptFiles}
  insert into file_uses (file_id, post_id, comment_id) select id, $5::bigint, $6::bigint from kept
  on conflict do nothing`

/** The same for a message of the chat: $5 the room, $6 its number. */
export const recordInMessage = `${keptFiles}
  insert into message_files (file_id, room_id, number) select id, $5::bigint, $6::bigint from kept
  on conflict do nothing`

export const forgetUses = `
  delete from file_uses u using files f
  where f.id = u.file_id and u.post_id = $2 and coalesce(u.comment_id, 0) = coalesce($3::bigint, 0)
    and f.name <> all($1::text[])`

/** Marks what nothing shows any more, and takes the mark from what something shows again. $1: now. */
export const markUnused = `
  update files f set unused_since = case when unused_since is null then $1::timestamptz end
  where removed_at is null and (unused_since is null) <> exists (
    select from file_uses u where u.file_id = f.id
    union all select from message_files u where u.file_id = f.id
    union all select from members m where m.id = f.uploader_id and m.avatar = f.name
    union all select from drafts d where d.member_id = f.uploader_id and strpos(d.body, f.name) > 0
    union all select where ${isLogo})`

/** Takes out of use what was unused since before $1; at most 200 at a time. $2: now. */
export const retireUnused = `
  update files set removed_at = $2 where id in (
    select f.id from files f where f.removed_at is null and f.unused_since < $1
      and not exists (select from file_uses u where u.file_id = f.id)
      and not exists (select from message_files u where u.file_id = f.id)
      and not exists (select from members m where m.id = f.uploader_id and m.avatar = f.name)
      and not exists (select from drafts d where d.member_id = f.uploader_id and strpos(d.body, f.name) > 0)
      and not ${isLogo}
    order by f.id limit 200 for no key update skip locked)
  returning id`
