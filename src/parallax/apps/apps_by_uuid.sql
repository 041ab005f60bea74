-- Apps by their UUID alone, within the caller's clients.
-- $1 apps uuid[]   $2 clients uuid[], or null for an operator
select app.client_id, app.id, app.name, client.time_zone
from app join client on client.id = app.client_id
where app.id = any($1::uuid[]) and ($2::uuid[] is null or app.client_id = any($2))
order by app.client_id
