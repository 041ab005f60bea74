-- $1 clients uuid[]   $2 external ids text[]
select actor.client_id, actor.external_id, actor.actor_id
from unnest($1::uuid[], $2::text[]) as asked (client_id, external_id)
join actor using (client_id, external_id)
