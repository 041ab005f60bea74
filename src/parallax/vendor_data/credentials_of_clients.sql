-- $1 clients uuid[]   $2 vendors text[]
select held.client_id, held.system, held.sealed
from unnest($1::uuid[], $2::text[]) as asked (client_id, system)
join vendor_credential held using (client_id, system)
