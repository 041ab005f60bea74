-- Ids of sessions as they were sent; each is looked up by itself, also where the table has just grown.
-- $1 clients uuid[]   $2 numbers integer[]
select asked.client_id, asked.number, named.external_id
from unnest($1::uuid[], $2::integer[]) as asked (client_id, number)
cross join lateral (
    select external_id from session_id where client_id = asked.client_id and number = asked.number offset 0
) as named
