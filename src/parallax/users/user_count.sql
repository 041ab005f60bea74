-- How many users a list has over all pages.
-- $1 client   $2 search, lower case, or null   $3 only these: a bit for each actor, or null
select count(*) as users
from actor
where actor.client_id = $1 and actor.canonical is null
  and ($3::bytea is null
       or case when actor.actor_id < 8 * length($3) then get_bit($3, actor.actor_id::bigint) = 1 else false end)
  and ($2::text is null or strpos(lower(actor.external_id collate "default"), $2) > 0
       or actor.actor_id in (select alias.canonical from actor alias
                             where alias.client_id = $1 and alias.canonical is not null
                               and strpos(lower(alias.external_id collate "default"), $2) > 0))
