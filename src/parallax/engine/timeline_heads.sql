-- How far clients' timelines go, and which blocks there are of some weeks: one row without a block where there are none.
-- $1 clients uuid[]   $2 first weeks integer[]   $3 last weeks integer[]
select asked.number, state.version as state_version, state.position, state.generation, state.links,
       row.block, row.week, row.version, row.events
from unnest($1::uuid[], $2::integer[], $3::integer[]) with ordinality as asked (client_id, first, last, number)
join timeline_state state on state.client_id = asked.client_id
left join timeline row on row.client_id = asked.client_id and row.week between asked.first and asked.last
order by asked.number, row.block, row.week
