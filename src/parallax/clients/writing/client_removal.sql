-- Marks a client as being deleted, and says how it was called. Waits for its writer, and keeps out the next.
-- $1 client   $2 the nil id   $3 when
with writer as (
    select client_id from client_state where client_id = $1 for update
),
marked as (
    insert into removal (client_id, app_id, since) select client_id, $2::uuid, $3::timestamptz from writer
    on conflict (client_id, app_id) do nothing
)
select name from client join writer on writer.client_id = client.id
