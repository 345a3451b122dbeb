-- Keys of members, clients that sign their requests, and what the site tells other programs.

create table api_keys (
  id bigint generated always as identity primary key,
  member_id bigint not null references members,
  name text not null,
  -- of the whole key, which nobody but its owner has
  key_hash bytea not null constraint api_keys_hash unique,
  -- its last four characters, so that people know theirs apart
  tail text not null,
  scopes text[] not null constraint api_keys_scopes_known
    check (scopes <@ array['read', 'write', 'moderate', 'admin'] and cardinality(scopes) > 0),
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  -- to the hour
  used_at timestamptz(3)
);
create index api_keys_by_member on api_keys (member_id, id desc);
create index api_keys_by_expiry on api_keys (expires_at);

create table app_clients (
  id text primary key,
  name text not null,
  -- by a key that is not in the database: requests are signed with it, so a hash would not do
  secret_sealed bytea not null,
  by_id bigint not null references members,
  created_at timestamptz(3) not null,
  -- to the hour
  used_at timestamptz(3)
);

create table webhooks (
  id text primary key,
  url text not null,
  events text[] not null constraint webhooks_events_some check (cardinality(events) > 0),
  -- also of boards that not everyone may read
  private boolean not null,
  secret_sealed bytea not null,
  by_id bigint not null references members,
  created_at timestamptz(3) not null,
  -- in a row, and since when
  failures integer not null default 0,
  failing_since timestamptz(3),
  disabled_at timestamptz(3),
  disabled_why text constraint webhooks_disabled_why_known check (disabled_why in ('failures', 'administrator')),
  constraint webhooks_disabled_has_reason check ((disabled_at is null) = (disabled_why is null))
);

-- What was told or is to be told. The text is made when it is sent, of what everyone may read then.
create table webhook_deliveries (
  id bigint generated always as identity primary key,
  webhook_id text not null references webhooks on delete cascade,
  event text not null,
  -- the post, comment, report or member; null for a test
  subject_id bigint,
  happened_at timestamptz(3) not null,
  state text not null default 'waiting'
    constraint webhook_deliveries_state_known check (state in ('waiting', 'sent', 'failed', 'gone', 'stopped')),
  tries integer not null default 0,
  tried_at timestamptz(3),
  status integer,
  ms integer,
  problem text not null default ''
);
create index webhook_deliveries_by_webhook on webhook_deliveries (webhook_id, id desc);
create index webhook_deliveries_by_time on webhook_deliveries (happened_at);
