-- Days of events as columns, one row per ask: numbers as big-endian bytes, in the order of the days.
-- $1 clients uuid[]   $2 scopes integer[]   $3 events integer[]   $4 first days integer[]   $5 last days integer[], included
select asked.number, days.*
from unnest($1::uuid[], $2::integer[], $3::integer[], $4::integer[], $5::integer[]) with ordinality
     as asked (client_id, scope, event, first, last, number)
cross join lateral (
    select string_agg(int4send(row.day), '') as day, string_agg(int8send(row.version), '') as version, {columns}
    from (
        select * from event_day
        where client_id = asked.client_id and scope = asked.scope and event = asked.event
          and day between asked.first and asked.last
        order by day
    ) as row
) as days
where days.day is not null
