-- $1 clients uuid[]   $2 names text[]
select asked.number, trait.value, trait.bits
from unnest($1::uuid[], $2::text[]) with ordinality as asked (client_id, name, number)
join trait on trait.client_id = asked.client_id and trait.name = asked.name collate "C" and trait.users > 0
