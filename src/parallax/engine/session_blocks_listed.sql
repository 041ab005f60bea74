-- The blocks of sessions that there are, and whether they tell the users of a session apart.
-- $1 clients uuid[]   $2 streams smallint[]
select asked.client_id, asked.stream, state.sessions_by_user, blocks.blocks, blocks.versions
from unnest($1::uuid[], $2::smallint[]) as asked (client_id, stream)
join client_state state on state.client_id = asked.client_id
cross join lateral (
    select array_agg(row.block) as blocks, array_agg(row.version) as versions
    from session_block row where row.client_id = asked.client_id and row.stream = asked.stream
) as blocks
