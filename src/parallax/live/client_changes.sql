-- What differs after every change of a client: the versions of its usage, events, users and traits, its zone, what of it
-- was deleted last. Folding changes nothing that is told.
-- $1 clients uuid[]
select state.client_id, state.usage_version, state.position, state.links, state.traits, client.time_zone,
       (select max(removal.since) from removal where removal.client_id = state.client_id) as removed
from client_state state join client on client.id = state.client_id
where state.client_id = any($1::uuid[])
