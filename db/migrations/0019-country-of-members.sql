-- Where members come from, if they say it (ISO 3166-1, two letters): beside the questions they ask.
alter table members add column country text
  constraint members_country_shape check (country ~ '^[A-Z]{2}$');
