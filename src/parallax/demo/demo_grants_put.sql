-- $1 token   $2 clients uuid[]
insert into api_token_grant (client_id, token_id, role) select client, $1, 'ADMIN' from unnest($2::uuid[]) as client
