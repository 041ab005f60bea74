-- $1 client   $2 version   $3 app   $4 spans text[]   $5 first days date[]   $6 users integer[]   $7 bits bytea[]
update app_usage_users
set users = given.users, version = $2, bits = given.bits
from unnest($4::text[], $5::date[], $6::integer[], $7::bytea[]) as given (span, bucket, users, bits)
where client_id = $1 and application_id = $3
  and app_usage_users.span = given.span and app_usage_users.bucket = given.bucket
