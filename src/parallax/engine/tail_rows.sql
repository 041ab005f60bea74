-- Batches that are not folded yet, and not known yet.
-- $1 clients uuid[]   $2 known up to bigint[]
select tail.client_id, tail.position, tail.stream, tail.events, tail.core, tail.ids, tail.fields
from unnest($1::uuid[], $2::bigint[]) as asked (client_id, known)
join event_tail tail on tail.client_id = asked.client_id and tail.position > asked.known
order by tail.client_id, tail.position
