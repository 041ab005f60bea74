-- Links of all of a client's apps, oldest first.
-- $1 client
select client_id, id, application_id, system, store, key, label, sealed, created_at, created_by
from app_link
where client_id = $1
order by created_at, id
