-- $1 client   $2 apps uuid[]   $3 days date[]   $4 users integer[]   $5 active ms bigint[]   $6 sessions bigint[]
insert into app_usage_reports as held
    (client_id, application_id, activity_date, user_id, total_active_ms, total_session_count)
select $1, * from unnest($2::uuid[], $3::date[], $4::integer[], $5::bigint[], $6::bigint[])
on conflict (client_id, application_id, activity_date, user_id) do update
set total_active_ms = excluded.total_active_ms, total_session_count = excluded.total_session_count
