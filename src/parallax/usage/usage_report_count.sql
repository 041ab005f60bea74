-- How many reports one app has in a period.
-- $1 client   $2 app   $3 first day   $4 last day, included   $5 user or null
select case when $5::integer is null
    then (select coalesce(sum(users), 0) from app_usage_day
          where client_id = $1 and application_id = $2 and activity_date between $3 and $4)
    else (select count(*) from app_usage_reports
          where client_id = $1 and application_id = $2 and activity_date between $3 and $4 and user_id = $5)
    end::float8 as reports
