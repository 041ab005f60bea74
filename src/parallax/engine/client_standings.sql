-- Where the data of clients stand: what is accepted, what of it is folded, and the versions of all that is kept by version.
-- $1 clients uuid[]
select state.client_id, client.time_zone, state.position, state.folded, state.generation, state.folded_zone, state.links,
       state.traits, raw_kept.since as kept_from
from client_state state join client on client.id = state.client_id cross join raw_kept
where state.client_id = any($1::uuid[])
