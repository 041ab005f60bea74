-- $1 clients uuid[]   $2 apps uuid[]
select app.client_id, app.id, app.name, client.time_zone
from unnest($1::uuid[], $2::uuid[]) as asked (client_id, id)
join app using (client_id, id)
join client on client.id = app.client_id
