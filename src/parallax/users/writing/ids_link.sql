-- Users with all of their ids become another's; an id that was declared before keeps its time.
-- $1 client   $2 users integer[]   $3 whose they are by now integer[]   $4 links   $5 when
update actor
set canonical = moved.becomes, link = $4,
    linked_at = case when actor.canonical is null then $5::timestamptz else actor.linked_at end
from (
    select held.actor_id, given.becomes
    from unnest($2::integer[], $3::integer[]) as given (actor_id, becomes)
    join actor held on held.client_id = $1 and held.actor_id = given.actor_id
    union all
    select held.actor_id, given.becomes
    from unnest($2::integer[], $3::integer[]) as given (actor_id, becomes)
    join actor held on held.client_id = $1 and held.canonical = given.actor_id
) as moved
where actor.client_id = $1 and actor.actor_id = moved.actor_id
