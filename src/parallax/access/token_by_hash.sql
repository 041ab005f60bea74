-- The token with this hash, unless revoked; expiry is the caller's to judge, by the operation's clock.
-- $1 sha256 of the secret
select id, name, is_operator, stored_only, ingest_only, expires_at, last_used_at, clients, roles, when_low
from token_by_hash($1)
