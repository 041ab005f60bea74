-- Traits as they were set, for the users' own ids and for all others that they go by.
-- $1 clients uuid[]   $2 users integer[]
select asked.number, id.actor_id = asked.user_id as is_own, id.traits
from unnest($1::uuid[], $2::integer[]) with ordinality as asked (client_id, user_id, number)
cross join lateral (
    select actor_id, traits from actor where client_id = asked.client_id and actor_id = asked.user_id
    union all
    select actor_id, traits from actor where client_id = asked.client_id and canonical = asked.user_id
) as id
where id.traits is not null
