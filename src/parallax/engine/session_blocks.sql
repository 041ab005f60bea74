-- $1 clients uuid[]   $2 streams smallint[]   $3 blocks integer[]
select asked.number, row.version, row.data
from unnest($1::uuid[], $2::smallint[], $3::integer[]) with ordinality as asked (client_id, stream, block, number)
join session_block row on row.client_id = asked.client_id and row.stream = asked.stream and row.block = asked.block
