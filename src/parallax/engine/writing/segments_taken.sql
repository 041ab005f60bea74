-- Takes segments away, to be written anew with others.
-- $1 client   $2 stream   $3 days date[]   $4 positions bigint[]
delete from event_segment segment
using unnest($3::date[], $4::bigint[]) as asked (day, position)
where segment.client_id = $1 and segment.stream = $2::smallint and segment.day = asked.day
  and segment.position = asked.position
returning segment.day, segment.position, segment.chunks, segment.core, segment.ids, segment.fields
