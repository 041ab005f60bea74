-- Clients with something to fold, or whose days are cut in a zone that is not theirs any more.
-- $1 clients uuid[], null for all
select state.client_id, state.position - state.folded as events,
       coalesce(extract(epoch from now() - state.waiting_since), 0)::float8 as seconds,
       state.waiting_since is not null as waits,
       state.folded > 0 and state.folded_zone <> client.time_zone as other_zone
from client_state state join client on client.id = state.client_id
where ($1::uuid[] is null or state.client_id = any($1::uuid[]))
  and (state.waiting_since is not null or state.folded > 0 and state.folded_zone <> client.time_zone)
order by state.waiting_since
