-- Pieces of blocks of folded batches.
-- $1 clients uuid[]   $2 streams smallint[]   $3 days date[]   $4 positions bigint[]   $5 boolean[], of core, or of fields
-- $6 where they begin integer[], from 1   $7 sizes integer[]
select asked.number,
       case when asked.of_core then substring(row.core from asked.begins for asked.size)
            else substring(row.fields from asked.begins for asked.size) end as piece
from unnest($1::uuid[], $2::smallint[], $3::date[], $4::bigint[], $5::boolean[], $6::integer[], $7::integer[])
     with ordinality as asked (client_id, stream, day, position, of_core, begins, size, number)
join event_segment row
  on row.client_id = asked.client_id and row.stream = asked.stream and row.day = asked.day
 and row.position = asked.position
