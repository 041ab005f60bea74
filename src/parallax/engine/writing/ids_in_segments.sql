-- Folded batches of days, those written after the version that is known of each day.
-- $1 client   $2 stream   $3 days date[]   $4 versions bigint[]
select segment.day, segment.ids
from unnest($3::date[], $4::bigint[]) as asked (day, version)
join event_segment segment
  on segment.client_id = $1 and segment.stream = $2 and segment.day = asked.day and segment.version > asked.version
