-- Event names that are newer than the last known.
-- $1 clients uuid[]   $2 last known numbers integer[]
select asked.client_id, event_name.number, event_name.stream, event_name.name
from unnest($1::uuid[], $2::integer[]) as asked (client_id, known)
join event_name on event_name.client_id = asked.client_id and event_name.number > asked.known
