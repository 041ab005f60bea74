-- $1 token   $2 clients uuid[]   $3 their roles text[]
insert into api_token_grant (token_id, client_id, role) select $1, * from unnest($2::uuid[], $3::text[])
