-- Tokens of each client, newest first, at most 500 of each.
-- $1 clients uuid[]
select asked.client_id, token.*
from unnest($1::uuid[]) as asked (client_id)
cross join lateral (
    select t.id, t.name, g.role, t.stored_only, t.ingest_only, t.created_at, t.expires_at, t.last_used_at,
           least(t.revoked_at, g.revoked_at) as revoked_at
    from api_token_grant g join api_token t on t.id = g.token_id
    where g.client_id = asked.client_id
    order by t.created_at desc, t.id desc
    limit 500
) as token
