-- $1 clients uuid[]   $2 actors integer[]
select actor.client_id, actor.actor_id, actor.external_id
from unnest($1::uuid[], $2::integer[]) as asked (client_id, actor_id)
join actor using (client_id, actor_id)
