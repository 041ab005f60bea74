-- Ids that were declared to be another's, or erased (no user), since a version.
-- $1 clients uuid[]   $2 versions bigint[]
select asked.client_id, actor.actor_id, actor.canonical
from unnest($1::uuid[], $2::bigint[]) as asked (client_id, version)
join actor on actor.client_id = asked.client_id and actor.link > asked.version and actor.canonical is not null
union all
select asked.client_id, gone.actor_id, null
from unnest($1::uuid[], $2::bigint[]) as asked (client_id, version)
join erasure on erasure.client_id = asked.client_id and erasure.link > asked.version
cross join lateral unnest(erasure.actors) as gone (actor_id)
