-- Tokens that open no client but this one, which is being deleted.
-- $1 client
delete from api_token
where not is_operator
  and not exists (select from api_token_grant held where held.token_id = api_token.id and held.client_id <> $1)
