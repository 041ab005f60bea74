-- A page of clients by name.
-- $1 clients uuid[], or null for an operator's list of all   $2 after this name or null   $3 and this id   $4 how many
select id, name, time_zone
from client
where ($1::uuid[] is null or id = any($1)) and ($2::text is null or (name, id) > ($2, $3::uuid))
order by name, id
limit $4
