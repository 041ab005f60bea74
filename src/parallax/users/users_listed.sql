-- A page of a client's users by external id; an id that is another's is found with that one.
-- $1 client   $2 after this external id   $3 search, lower case, or null   $4 how many
-- $5 only these: a bit for each actor, or null
select actor.actor_id, actor.external_id
from actor
where actor.client_id = $1 and actor.canonical is null and actor.external_id > $2 collate "C"
  and ($5::bytea is null
       or case when actor.actor_id < 8 * length($5) then get_bit($5, actor.actor_id::bigint) = 1 else false end)
  and ($3::text is null or strpos(lower(actor.external_id collate "default"), $3) > 0
       or actor.actor_id in (select alias.canonical from actor alias
                             where alias.client_id = $1 and alias.canonical is not null
                               and strpos(lower(alias.external_id collate "default"), $3) > 0))
order by actor.external_id
limit $4
