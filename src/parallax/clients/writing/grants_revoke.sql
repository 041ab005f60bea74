-- For these clients alone; the first time stays.
-- $1 token   $2 clients uuid[]   $3 when
update api_token_grant set revoked_at = coalesce(revoked_at, $3) where token_id = $1 and client_id = any($2::uuid[])
