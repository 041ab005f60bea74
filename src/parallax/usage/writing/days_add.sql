-- Moves the daily sums by what the reports changed.
-- $1 client   $2 apps uuid[]   $3 days date[]   $4 active ms bigint[]   $5 sessions bigint[]   $6 users bigint[]
insert into app_usage_day as held (client_id, application_id, activity_date, active_ms, sessions, users)
select $1, * from unnest($2::uuid[], $3::date[], $4::bigint[], $5::bigint[], $6::bigint[])
on conflict (client_id, application_id, activity_date) do update
set active_ms = held.active_ms + excluded.active_ms, sessions = held.sessions + excluded.sessions,
    users = held.users + excluded.users
