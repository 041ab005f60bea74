-- Blocks of an app that hold nobody any more, and the sums of such days.
-- $1 client   $2 app
with dropped as (
    delete from app_usage_users where client_id = $1 and application_id = $2 and users = 0
)
delete from app_usage_day where client_id = $1 and application_id = $2 and users = 0
