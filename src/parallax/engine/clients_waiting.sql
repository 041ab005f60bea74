-- Clients with something to fold, or with what is derived to be made anew: their days are cut in a zone that is not theirs
-- any more, or their sessions do not tell users apart.
-- $1 clients uuid[], null for all
select state.client_id, state.position - state.folded as events,
       coalesce(extract(epoch from now() - state.waiting_since), 0)::float8 as seconds,
       state.waiting_since is not null as waits,
       stale.stale
from client_state state join client on client.id = state.client_id
cross join lateral (
    select state.folded > 0 and (state.folded_zone <> client.time_zone or not state.sessions_by_user) as stale
) as stale
where ($1::uuid[] is null or state.client_id = any($1::uuid[]))
  and (state.waiting_since is not null or stale.stale)
order by state.waiting_since
