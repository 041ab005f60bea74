-- A page of some users by external id. As `persons_by_actor`, each is looked up by itself.
-- $1 client   $2 after this external id   $3 search, lower case, or null   $4 how many   $5 users integer[]
select person.actor_id, person.external_id
from unnest($5::integer[]) as asked (actor_id)
cross join lateral (
    select actor_id, external_id from actor
    where client_id = $1 and actor_id = asked.actor_id and canonical is null offset 0
) as person
where person.external_id > $2 collate "C"
  and ($3::text is null or strpos(lower(person.external_id collate "default"), $3) > 0
       or exists (select from actor alias
                  where alias.client_id = $1 and alias.canonical = person.actor_id
                    and strpos(lower(alias.external_id collate "default"), $3) > 0))
order by person.external_id
limit $4
