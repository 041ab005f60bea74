-- All ids of users. Two joins, not one with "or": each along its index.
-- $1 client   $2 users integer[]
select actor.actor_id, actor.canonical, actor.traits
from unnest($2::integer[]) as asked (actor_id)
join actor on actor.client_id = $1 and actor.actor_id = asked.actor_id
union all
select actor.actor_id, actor.canonical, actor.traits
from unnest($2::integer[]) as asked (actor_id)
join actor on actor.client_id = $1 and actor.canonical = asked.actor_id
