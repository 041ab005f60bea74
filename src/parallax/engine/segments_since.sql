-- Folded batches that were written after a generation and reach into a span of time.
-- $1 clients uuid[]   $2 generations bigint[]   $3 from bigint[]   $4 to bigint[], excluded (microseconds since 1970)
select asked.number, segment.day, segment.position, segment.version, segment.events, segment.first_at,
       segment.last_at
from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[]) with ordinality
     as asked (client_id, generation, from_us, to_us, number)
join event_segment segment
  on segment.client_id = asked.client_id and segment.stream = 0 and segment.version > asked.generation
 and segment.first_at < asked.to_us and segment.last_at >= asked.from_us
order by asked.number, segment.day, segment.position
