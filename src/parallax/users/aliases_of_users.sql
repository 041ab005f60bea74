-- Other ids that users go by, those declared first come first.
-- $1 clients uuid[]   $2 users integer[]   $3 how many of each
select asked.number, alias.external_id, alias.linked_at
from unnest($1::uuid[], $2::integer[]) with ordinality as asked (client_id, user_id, number)
cross join lateral (
    select external_id, linked_at from actor
    where client_id = asked.client_id and canonical = asked.user_id
    order by link, external_id
    limit $3
) as alias
order by asked.number, alias.linked_at, alias.external_id
