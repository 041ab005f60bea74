-- Folded batches that reach into a span of time, and bytes of their blocks.
-- $1 clients uuid[]   $2 streams smallint[]   $3 first days date[]   $4 last days date[], included (UTC)
-- $5 from bigint[]   $6 to bigint[], excluded (microseconds since 1970)
select asked.number, segment.day, segment.position, segment.version, segment.events,
       octet_length(segment.core) as core, octet_length(segment.ids) as ids, octet_length(segment.fields) as fields,
       octet_length(segment.chunks) as chunks
from unnest($1::uuid[], $2::smallint[], $3::date[], $4::date[], $5::bigint[], $6::bigint[]) with ordinality
     as asked (client_id, stream, first, last, from_us, to_us, number)
join event_segment segment
  on segment.client_id = asked.client_id and segment.stream = asked.stream
 and segment.day between asked.first and asked.last
 and segment.first_at < asked.to_us and segment.last_at >= asked.from_us
