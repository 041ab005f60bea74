-- As `days_of_events`, and where each client stands at the same instant; an ask for days that are not there has nulls.
-- $1 clients uuid[]   $2 scopes integer[]   $3 events integer[]   $4 first days integer[]   $5 last days integer[], included
select asked.number, state.client_id, client.time_zone, state.position, state.folded, state.generation, state.folded_zone,
       state.links, state.traits, raw_kept.since as kept_from, days.*
from unnest($1::uuid[], $2::integer[], $3::integer[], $4::integer[], $5::integer[]) with ordinality
     as asked (client_id, scope, event, first, last, number)
join client_state state on state.client_id = asked.client_id
join client on client.id = asked.client_id
cross join raw_kept
cross join lateral (
    select string_agg(int4send(row.day), '') as day, string_agg(int8send(row.version), '') as version, {columns}
    from (
        select * from event_day
        where client_id = asked.client_id and scope = asked.scope and event = asked.event
          and day between asked.first and asked.last
        order by day
    ) as row
) as days
