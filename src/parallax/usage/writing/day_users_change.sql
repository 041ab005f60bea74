-- $1 client   $2 app   $3 days date[]   $4 how many more users bigint[]
update app_usage_day
set users = app_usage_day.users + given.users
from unnest($3::date[], $4::bigint[]) as given (activity_date, users)
where client_id = $1 and application_id = $2 and app_usage_day.activity_date = given.activity_date
