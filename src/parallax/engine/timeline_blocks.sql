-- Weeks of users' events.
-- $1 clients uuid[]   $2 blocks integer[]   $3 weeks integer[]
select asked.number, row.users, row.times, row.names, row.apps
from unnest($1::uuid[], $2::integer[], $3::integer[]) with ordinality as asked (client_id, block, week, number)
join timeline row on row.client_id = asked.client_id and row.block = asked.block and row.week = asked.week
