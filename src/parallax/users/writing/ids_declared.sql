-- What is known of ids. A join, not "= any": of some thousand ids each would be compared with all the others.
-- $1 client   $2 external ids text[]
select actor.external_id, actor.actor_id, actor.canonical, actor.traits
from unnest($2::text[]) as asked (external_id)
join actor on actor.client_id = $1 and actor.external_id = asked.external_id collate "C"
