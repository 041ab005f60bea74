-- Days of every event of a scope but of any event, as columns: one row per ask and event.
-- $1 clients uuid[]   $2 scopes integer[]   $3 first days integer[]   $4 last days integer[], included
select asked.number, row.event, string_agg(int4send(row.day), '' order by row.day) as day,
       string_agg(int8send(row.version), '' order by row.day) as version, {columns}
from unnest($1::uuid[], $2::integer[], $3::integer[], $4::integer[]) with ordinality
     as asked (client_id, scope, first, last, number)
join event_day row
  on row.client_id = asked.client_id and row.scope = asked.scope and row.event > 0
 and row.day between asked.first and asked.last
group by asked.number, row.event
order by asked.number, row.event
