-- $1 client   $2 stream   $3 days date[]   $4 positions bigint[]
select segment.chunks, segment.core, segment.fields
from unnest($3::date[], $4::bigint[]) as asked (day, position)
join event_segment segment
  on segment.client_id = $1 and segment.stream = $2::smallint and segment.day = asked.day
 and segment.position = asked.position
order by segment.day, segment.position
