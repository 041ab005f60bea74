-- $1 client   $2 names text[]   $3 hashes of values bytea[]
select asked.number, trait.bits
from unnest($2::text[], $3::bytea[]) with ordinality as asked (name, hash, number)
join trait on trait.client_id = $1 and trait.name = asked.name collate "C" and trait.hash = asked.hash
