-- $1 id   $2 name   $3 hash of the secret
insert into api_token (id, name, secret_hash) values ($1, $2, $3)
