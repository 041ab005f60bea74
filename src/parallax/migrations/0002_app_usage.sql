-- App usage: the reports as rows, and what is derived from them in the same transaction.

-- External ids of users, numbered densely per client in order of first appearance; numbers are never given twice.
-- No foreign keys on what is many: the writer's lock on client_state holds the client there, and a deleted client goes at
-- once while its rows go in batches (see removal).
create table actor (
    client_id uuid not null,
    actor_id integer not null,
    external_id text collate "C" not null check (length(external_id) between 1 and 500),
    primary key (client_id, actor_id),
    unique (client_id, external_id)
);

create table app_usage_reports (
    client_id uuid not null,
    application_id uuid not null,
    user_id integer not null,
    activity_date date not null,
    total_active_ms bigint not null,
    total_session_count bigint not null,
    primary key (client_id, application_id, activity_date, user_id)
) partition by range (activity_date);

-- What the daily series read: an index-only scan.
create table app_usage_day (
    client_id uuid not null,
    application_id uuid not null,
    activity_date date not null,
    active_ms bigint not null,
    sessions bigint not null,
    users bigint not null,
    primary key (client_id, application_id, activity_date) include (active_ms, sessions, users)
);

-- Distinct users of a day, an ISO week or a month: a Roaring bitmap of actor ids, and how many they are.
create table app_usage_users (
    client_id uuid not null,
    application_id uuid not null,
    span text collate "C" not null check (span in ('day', 'week', 'month')),
    bucket date not null,
    users integer not null,
    version bigint not null,
    bits bytea not null,
    primary key (client_id, application_id, span, bucket) include (users)
);
alter table app_usage_users alter column bits set storage external; -- dense already

alter table actor enable row level security, force row level security;
alter table app_usage_reports enable row level security, force row level security;
alter table app_usage_day enable row level security, force row level security;
alter table app_usage_users enable row level security, force row level security;
create policy of_scope on actor using (client_id = any ((select scope())::uuid[]));
create policy of_scope on app_usage_reports using (client_id = any ((select scope())::uuid[]));
create policy of_scope on app_usage_day using (client_id = any ((select scope())::uuid[]));
create policy of_scope on app_usage_users using (client_id = any ((select scope())::uuid[]));

-- Months are made when their first report comes. Attached, not created in place: that leaves readers alone.
create function ensure_usage_month(day date) returns void
language plpgsql security definer set search_path = '' set lock_timeout = '5s'
as $$
declare
    first date := date_trunc('month', day)::date;
    name text := 'app_usage_reports_' || to_char(first, 'YYYYMM');
begin
    if day < '1970-01-01' or day > now() + interval '3 days' then
        raise exception 'no month is made for %', day;
    end if;
    if to_regclass('parallax.' || name) is not null then
        return;
    end if;
    perform pg_advisory_xact_lock(hashtext('parallax.ensure_usage_month'));
    if to_regclass('parallax.' || name) is not null then
        return;
    end if;
    execute format('create table parallax.%I (like parallax.app_usage_reports including all)', name);
    execute format('alter table parallax.%I enable row level security, force row level security', name);
    execute format('create policy of_scope on parallax.%I using (client_id = any ((select parallax.scope())::uuid[]))', name);
    execute format('alter table parallax.app_usage_reports attach partition parallax.%I for values from (%L) to (%L)',
                   name, first, (first + interval '1 month')::date);
end
$$;
