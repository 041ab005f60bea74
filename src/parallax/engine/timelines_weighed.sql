-- Events in clients' timelines of some weeks, and bytes of their blocks.
-- $1 clients uuid[]   $2 first weeks integer[]   $3 last weeks integer[]
select asked.number, coalesce(sum(row.events), 0)::bigint as events,
       coalesce(sum(octet_length(row.users) + octet_length(row.times) + octet_length(row.names) + octet_length(row.apps)), 0)::bigint
           as bytes
from unnest($1::uuid[], $2::integer[], $3::integer[]) with ordinality as asked (client_id, first, last, number)
left join timeline row on row.client_id = asked.client_id and row.week between asked.first and asked.last
group by asked.number
