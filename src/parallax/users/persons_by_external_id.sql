-- The users that the clients' own ids, or aliases, stand for by now (I1). As `persons_by_actor`, each by itself.
-- $1 clients uuid[]   $2 external ids text[]
select asked.client_id, asked.external_id as named, person.actor_id as user_id, person.external_id
from unnest($1::uuid[], $2::text[]) as asked (client_id, external_id)
cross join lateral (
    select coalesce(canonical, actor_id) as user_id from actor
    where client_id = asked.client_id and external_id = asked.external_id collate "C" offset 0
) as id
cross join lateral (
    select actor_id, external_id from actor where client_id = asked.client_id and actor_id = id.user_id offset 0
) as person
