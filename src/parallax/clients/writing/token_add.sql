-- $1 token   $2 name   $3 sha256 of the secret   $4 whether an operator's   $5 when   $6 expires at, or null
insert into api_token (id, name, secret_hash, is_operator, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)
