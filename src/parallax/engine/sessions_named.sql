-- $1 clients uuid[]   $2 external ids text[]
select asked.client_id, asked.external_id, session.number
from unnest($1::uuid[], $2::text[]) as asked (client_id, external_id)
cross join lateral (
    select number from session_id
    where client_id = asked.client_id and external_id = asked.external_id collate "C" offset 0
) as session
