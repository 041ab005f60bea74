-- Facts of sessions tell their users apart: in its block a session has a row for each app and each user on its events.
-- What an earlier release derived has the first event's user alone: false, until the worker makes it anew.
alter table client_state add column sessions_by_user boolean not null default false;
alter table client_state alter column sessions_by_user set default true;
