-- Gives the next numbers, in the order of the apps.
-- $1 client   $2 apps uuid[]
insert into app_number (client_id, app_id, number)
select $1, asked.app_id, asked.place + (select coalesce(max(number), 0) from app_number where client_id = $1)
from unnest($2::uuid[]) with ordinality as asked (app_id, place)
returning app_id, number
