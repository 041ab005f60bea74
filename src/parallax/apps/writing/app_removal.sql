-- Marks an app as being deleted, takes it away from everybody, and says how it was called.
-- $1 client   $2 app   $3 when
with gone as (
    delete from app where client_id = $1 and id = $2 returning client_id, id, name
),
marked as (
    insert into removal (client_id, app_id, since) select client_id, id, $3::timestamptz from gone
    on conflict (client_id, app_id) do nothing
)
select name from gone
