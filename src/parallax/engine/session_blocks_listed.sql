-- The blocks of sessions that there are, and whether they tell the users of a session apart.
-- $1 client   $2 stream
select state.sessions_by_user, blocks.blocks, blocks.versions
from client_state state
cross join lateral (
    select array_agg(row.block) as blocks, array_agg(row.version) as versions
    from session_block row where row.client_id = $1 and row.stream = $2::smallint
) as blocks
where state.client_id = $1
