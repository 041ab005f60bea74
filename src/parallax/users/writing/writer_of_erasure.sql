-- Makes this transaction the client's one writer until it ends, and tells the versions that it may move.
-- $1 client
select state.generation, state.links, state.traits, state.usage_version, coalesce(state.folded_zone, client.time_zone) as zone
from client_state state join client on client.id = state.client_id
where state.client_id = $1
for update of state
