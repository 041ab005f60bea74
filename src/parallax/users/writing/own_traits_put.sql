-- $1 client   $2 ids integer[]   $3 their own traits text[]: JSON, or null
update actor set traits = given.traits::jsonb
from unnest($2::integer[], $3::text[]) as given (actor_id, traits)
where actor.client_id = $1 and actor.actor_id = given.actor_id
