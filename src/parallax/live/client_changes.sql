-- What differs after every change of a client: the version of its usage, its zone, what of it was deleted last.
-- $1 clients uuid[]
select state.client_id, state.usage_version, client.time_zone,
       (select max(removal.since) from removal where removal.client_id = state.client_id) as removed
from client_state state join client on client.id = state.client_id
where state.client_id = any($1::uuid[])
