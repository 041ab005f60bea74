-- $1 token   $2 name   $3 sha256 of the secret   $4 whether an operator's   $5 when   $6 expires at, or null
-- $7 whether for stored operations alone   $8 whether for sending alone   $9 what it gets when a quota runs low, by vendor
insert into api_token (id, name, secret_hash, is_operator, created_at, expires_at, stored_only, ingest_only, when_low)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
