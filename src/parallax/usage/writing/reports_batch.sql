-- The last report of the next batch of an app's, by day and user; no row when fewer are left.
-- $1 client   $2 app   $3 after this day   $4 and this user   $5 how many
select activity_date, user_id
from app_usage_reports
where client_id = $1 and application_id = $2
  and activity_date >= $3::date and (activity_date, user_id) > ($3::date, $4::integer)
order by activity_date, user_id
offset $5::integer - 1 limit 1
