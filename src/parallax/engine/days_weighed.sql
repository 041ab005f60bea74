-- How many days of events there are, and bytes of their sets.
-- $1 clients uuid[]   $2 scopes integer[]   $3 first events integer[]   $4 last events integer[], included
-- $5 first days integer[]   $6 last days integer[], included
select asked.number, count(*) as days,
       coalesce(sum(octet_length(row.user_bits)), 0)::bigint as users,
       coalesce(sum(octet_length(row.user_counts)), 0)::bigint as counts,
       coalesce(sum(octet_length(row.session_bits)), 0)::bigint as sessions,
       coalesce(sum(octet_length(row.first_bits)), 0)::bigint as firsts,
       coalesce(sum(octet_length(row.counters)), 0)::bigint as counters
from unnest($1::uuid[], $2::integer[], $3::integer[], $4::integer[], $5::integer[], $6::integer[]) with ordinality
     as asked (client_id, scope, first_event, last_event, first, last, number)
join event_day row
  on row.client_id = asked.client_id and row.scope = asked.scope
 and row.event between asked.first_event and asked.last_event and row.day between asked.first and asked.last
group by asked.number
