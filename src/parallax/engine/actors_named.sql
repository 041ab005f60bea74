-- The users that ids stand for by now.
-- $1 clients uuid[]   $2 external ids text[]
select asked.client_id, asked.external_id, actor.actor_id
from unnest($1::uuid[], $2::text[]) as asked (client_id, external_id)
cross join lateral (
    select coalesce(canonical, actor_id) as actor_id from actor
    where client_id = asked.client_id and external_id = asked.external_id collate "C" offset 0
) as actor
