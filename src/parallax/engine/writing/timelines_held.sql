-- $1 client   $2 blocks integer[]   $3 weeks integer[]
select row.block, row.week, row.users, row.times, row.names, row.apps
from unnest($2::integer[], $3::integer[]) as asked (block, week)
join timeline row on row.client_id = $1 and row.block = asked.block and row.week = asked.week
