-- What folded batches say of their planes; null where they have none.
-- $1 clients uuid[]   $2 streams smallint[]   $3 days date[]   $4 positions bigint[]
select asked.number, row.chunks
from unnest($1::uuid[], $2::smallint[], $3::date[], $4::bigint[]) with ordinality
     as asked (client_id, stream, day, position, number)
join event_segment row
  on row.client_id = asked.client_id and row.stream = asked.stream and row.day = asked.day
 and row.position = asked.position
