-- What the site says about itself: its logo, and the texts that everybody may read before they sign up.
alter table files drop constraint files_kind_known;
alter table files add constraint files_kind_known check (kind in ('image', 'avatar', 'logo'));

-- Rules, terms, privacy, contact: Markdown. What is not published has no row.
create table site_texts (
  name text primary key constraint site_texts_name_known check (name in ('rules', 'terms', 'privacy', 'contact')),
  body text not null constraint site_texts_body_some check (body <> ''),
  -- since when it stands as it is, and whose change that was
  changed_at timestamptz(3) not null,
  changed_by_id bigint not null references members
);
