-- Ways in besides the password: authenticator apps, recovery codes, passkeys, accounts at an OpenID issuer.

-- When this session's person last showed that it is them: signing in, or the password or a passkey again.
alter table sessions add column proved_at timestamptz(3);

create table totp_secrets (
  member_id bigint primary key references members,
  -- by a key that is not in the database
  sealed bytea not null,
  created_at timestamptz(3) not null,
  -- null: being set up, nothing asks for it yet
  confirmed_at timestamptz(3),
  -- the 30-second step of the last code that was taken: a code counts once
  used_step bigint not null default 0
);

-- A used code is a row less.
create table recovery_codes (
  member_id bigint not null references members,
  code_hash bytea not null,
  constraint recovery_codes_once primary key (member_id, code_hash)
);

create table passkeys (
  id bigint generated always as identity primary key,
  member_id bigint not null references members,
  -- base64url, as browsers name it
  credential text not null constraint passkeys_credential_taken unique,
  public_key bytea not null,
  counter bigint not null,
  transports text[] not null default '{}',
  name text not null,
  created_at timestamptz(3) not null,
  used_at timestamptz(3)
);
create index passkeys_by_member on passkeys (member_id);

create table identities (
  id bigint generated always as identity primary key,
  member_id bigint not null references members,
  issuer text not null,
  subject text not null,
  -- how the issuer calls the person, for the member to know it again; never a key
  label text not null,
  created_at timestamptz(3) not null,
  used_at timestamptz(3),
  constraint identities_taken unique (issuer, subject)
);
create index identities_by_member on identities (member_id);

-- What was begun and is finished once, soon, by whoever holds the token: only its hash is stored.
create table challenges (
  token_hash bytea primary key,
  kind text not null,
  -- null: a guest's
  member_id bigint references members,
  data jsonb not null,
  expires_at timestamptz(3) not null
);
create index challenges_by_expiry on challenges (expires_at);
create index challenges_by_member on challenges (member_id) where member_id is not null;

-- What changed in how a member gets in, for the member to see.
create table security_events (
  id bigint generated always as identity primary key,
  member_id bigint not null references members,
  -- who did it, when it was not the member
  by_id bigint references members,
  kind text not null,
  created_at timestamptz(3) not null
);
create index security_events_by_member on security_events (member_id, id desc);
