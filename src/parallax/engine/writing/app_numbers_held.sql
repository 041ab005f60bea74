-- Those of the apps that are there, with their numbers; null for one without any event so far.
-- $1 client   $2 apps uuid[]
select app.id, app_number.number
from app left join app_number on app_number.client_id = app.client_id and app_number.app_id = app.id
where app.client_id = $1 and app.id = any($2::uuid[])
