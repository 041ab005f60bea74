-- External ids by actor; each is looked up by itself, also where the table has just grown.
-- $1 clients uuid[]   $2 actors integer[]
select asked.client_id, asked.actor_id, named.external_id
from unnest($1::uuid[], $2::integer[]) as asked (client_id, actor_id)
cross join lateral (
    select external_id from actor where client_id = asked.client_id and actor_id = asked.actor_id offset 0
) as named
