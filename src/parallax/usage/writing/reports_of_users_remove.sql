-- Takes the reports of users on some days away, and out of the sums of these days; says how many.
-- $1 client   $2 app   $3 days date[]   $4 users integer[]
with gone as (
    delete from app_usage_reports
    where client_id = $1 and application_id = $2 and activity_date = any($3::date[]) and user_id = any($4::integer[])
    returning activity_date, total_active_ms, total_session_count
),
summed as (
    update app_usage_day
    set active_ms = app_usage_day.active_ms - less.active_ms, sessions = app_usage_day.sessions - less.sessions
    from (
        select activity_date, sum(total_active_ms)::bigint as active_ms, sum(total_session_count)::bigint as sessions
        from gone group by activity_date
    ) as less
    where client_id = $1 and application_id = $2 and app_usage_day.activity_date = less.activity_date
)
select count(*) as reports from gone
