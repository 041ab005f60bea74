-- A token as each client sees it.
-- $1 token   $2 clients uuid[], or null for an operator
select g.client_id, t.id, t.name, g.role, t.stored_only, t.ingest_only, t.created_at, t.expires_at, t.last_used_at,
       least(t.revoked_at, g.revoked_at) as revoked_at
from api_token_grant g join api_token t on t.id = g.token_id
where g.token_id = $1 and ($2::uuid[] is null or g.client_id = any($2))
order by g.client_id
