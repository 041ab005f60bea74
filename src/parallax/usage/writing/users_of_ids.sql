-- Ids that belong to another user, and to whom.
-- $1 client   $2 ids integer[]
select actor.actor_id, actor.canonical
from unnest($2::integer[]) as asked (actor_id)
join actor on actor.client_id = $1 and actor.actor_id = asked.actor_id and actor.canonical is not null
