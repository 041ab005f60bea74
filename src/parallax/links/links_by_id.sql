-- $1 clients uuid[]   $2 links uuid[]
select link.client_id, link.id, link.application_id, link.system, link.store, link.key, link.label, link.sealed,
       link.created_at, link.created_by
from unnest($1::uuid[], $2::uuid[]) as asked (client_id, id)
join app_link link using (client_id, id)
