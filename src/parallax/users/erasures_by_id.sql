-- $1 clients uuid[]   $2 erasures uuid[]
select erasure.client_id, erasure.id, erasure.accepted_at, erasure.invisible_at, erasure.purged_at, erasure.layers
from unnest($1::uuid[], $2::uuid[]) as asked (client_id, id)
join erasure on erasure.client_id = asked.client_id and erasure.id = asked.id
