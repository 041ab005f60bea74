-- Blocks of distinct users: how many, and who where that is needed to unite them with others.
-- $1 clients uuid[]   $2 apps uuid[]   $3 spans text[]   $4 first days date[]   $5 whether bits are needed boolean[]
select asked.number, block.users, case when asked.whole then block.bits end as bits
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::date[], $5::boolean[]) with ordinality
     as asked (client_id, application_id, span, bucket, whole, number)
join app_usage_users block
  on block.client_id = asked.client_id and block.application_id = asked.application_id
 and block.span = asked.span and block.bucket = asked.bucket
