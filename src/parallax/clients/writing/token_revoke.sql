-- For all clients; the first time stays.
-- $1 token   $2 when
update api_token set revoked_at = coalesce(revoked_at, $2) where id = $1
