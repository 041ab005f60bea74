-- Sets of single days of events.
-- $1 clients uuid[]   $2 scopes integer[]   $3 events integer[]   $4 days integer[]
select asked.number, {columns}
from unnest($1::uuid[], $2::integer[], $3::integer[], $4::integer[]) with ordinality
     as asked (client_id, scope, event, day, number)
join event_day row
  on row.client_id = asked.client_id and row.scope = asked.scope and row.event = asked.event and row.day = asked.day
