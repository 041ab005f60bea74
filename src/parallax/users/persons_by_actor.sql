-- The users that ids stand for by now (I1). Each is looked up by itself: `offset 0` keeps a plan from reading all of a
-- client's ids for each, as it would where the table has just grown.
-- $1 clients uuid[]   $2 actors integer[]
select asked.client_id, asked.actor_id, person.actor_id as user_id, person.external_id
from unnest($1::uuid[], $2::integer[]) as asked (client_id, actor_id)
cross join lateral (
    select coalesce(canonical, actor_id) as user_id from actor
    where client_id = asked.client_id and actor_id = asked.actor_id offset 0
) as id
cross join lateral (
    select actor_id, external_id from actor where client_id = asked.client_id and actor_id = id.user_id offset 0
) as person
