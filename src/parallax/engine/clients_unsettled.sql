-- Clients whose timelines lack many folded events, or some for long; and those that have users who were merged or erased since.
-- $1 clients uuid[], null for all   $2 events   $3 seconds
select state.client_id
from client_state state left join timeline_state made on made.client_id = state.client_id
where ($1::uuid[] is null or state.client_id = any($1::uuid[]))
  and state.folded > 0 and (made.position, made.links) is distinct from (state.folded, state.links)
  and (state.folded - coalesce(made.position, 0) >= $2
       or coalesce(made.settled_at, '-infinity') < now() - make_interval(secs => $3))
