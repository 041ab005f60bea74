-- The users that external ids or actors stand for.
-- $1 client   $2 external ids text[]   $3 actors integer[]
select actor.external_id, null::integer as actor, coalesce(actor.canonical, actor.actor_id) as user_id
from unnest($2::text[]) as asked (external_id)
join actor on actor.client_id = $1 and actor.external_id = asked.external_id collate "C"
union all
select null, actor.actor_id, coalesce(actor.canonical, actor.actor_id)
from unnest($3::integer[]) as asked (actor_id)
join actor on actor.client_id = $1 and actor.actor_id = asked.actor_id
