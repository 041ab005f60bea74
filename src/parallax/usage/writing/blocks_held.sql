-- $1 client   $2 apps uuid[]   $3 spans text[]   $4 first days date[]
select asked.number, block.users, block.bits
from unnest($2::uuid[], $3::text[], $4::date[]) with ordinality as asked (application_id, span, bucket, number)
join app_usage_users block
  on block.client_id = $1 and block.application_id = asked.application_id
 and block.span = asked.span and block.bucket = asked.bucket
