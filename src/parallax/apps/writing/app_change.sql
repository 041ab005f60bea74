-- $1 client   $2 app   $3 name, or null to keep it   $4 when
update app set name = coalesce($3, app.name), updated_at = $4
from client
where app.client_id = $1 and app.id = $2 and client.id = $1
returning app.client_id, app.id, app.name, client.time_zone
