-- A join, not "= any", as actors_of_ids has it.
-- $1 client   $2 external ids text[]
select session_id.external_id, session_id.number
from unnest($2::text[]) as asked (external_id)
join session_id on session_id.client_id = $1 and session_id.external_id = asked.external_id collate "C"
