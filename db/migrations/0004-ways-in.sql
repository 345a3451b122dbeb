-- Ways in: confirmed addresses, links that can be sent, sign-up by invitation or approval, codes for a second device, and
-- what members see of their own sign-ins.

alter table members
  add column email_confirmed_at timestamptz(3),
  -- signed up while the site asked for a confirmed address
  add column must_confirm boolean not null default false,
  -- null: needs none, or has it
  add column approval text constraint members_approval_known check (approval in ('waiting', 'refused'));
create index members_waiting on members (id) where approval = 'waiting';

-- One link of each sort for a member: a newer one takes the place of the older.
delete from member_links a using member_links b where a.member_id = b.member_id and a.ctid < b.ctid;
drop index member_links_by_member;
alter table member_links
  add column id bigint generated always as identity constraint member_links_by_id unique,
  -- the token is made from it with the site's key; null when the token was shown once and is known to nobody
  add column seed bytea,
  -- the address that a confirming link is about
  add column email text,
  add column sent_at timestamptz(3),
  -- why the last try to send it failed
  add column failure text not null default '',
  drop constraint member_links_purpose_known,
  add constraint member_links_purpose_known check (purpose in ('claim', 'reset', 'confirm')),
  add constraint member_links_confirm_address check ((purpose = 'confirm') = (email is not null));
create unique index member_links_one on member_links (member_id, (purpose = 'confirm'));

-- Where it was used: a network (203.0.113.0/24), never a whole address.
alter table sessions add column network text not null default '';

-- Tries to sign in. Those for no member are written too, so that they take as long, and forgotten within the hour.
create table sign_ins (
  id bigint generated always as identity primary key,
  member_id bigint references members,
  way text not null,
  refused boolean not null,
  agent text not null,
  network text not null,
  created_at timestamptz(3) not null
);
create index sign_ins_by_member on sign_ins (member_id, id desc);

-- A member's code for a second device: at most one, and it ends with the session that asked for it.
create table sign_in_codes (
  member_id bigint primary key references members,
  session_id uuid not null references sessions on delete cascade,
  code_hash bytea not null constraint sign_in_codes_code unique,
  token_hash bytea not null constraint sign_in_codes_token unique,
  expires_at timestamptz(3) not null
);
create index sign_in_codes_by_session on sign_in_codes (session_id);

create table invitations (
  id bigint generated always as identity primary key,
  token_hash bytea not null constraint invitations_token unique,
  -- as in member_links, while it has to be sent
  seed bytea,
  by_id bigint not null references members,
  role text not null constraint invitations_role_known check (role in ('member', 'moderator', 'administrator')),
  -- only this address may use it
  email text,
  uses integer not null constraint invitations_uses_some check (uses between 1 and 1000),
  used integer not null default 0,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  revoked_at timestamptz(3),
  revoked_by_id bigint references members,
  constraint invitations_used_within check (used between 0 and uses)
);
create index invitations_by_member on invitations (by_id, id desc);

-- How a member came, when it was not simply by signing up.
create table sign_ups (
  member_id bigint primary key references members,
  invitation_id bigint references invitations on delete set null,
  -- to whoever approves
  message text not null default '',
  created_at timestamptz(3) not null,
  outcome text constraint sign_ups_outcome_known check (outcome in ('approved', 'refused')),
  decided_by_id bigint references members,
  decided_at timestamptz(3),
  reason text not null default ''
);
create index sign_ups_by_invitation on sign_ups (invitation_id) where invitation_id is not null;
