-- Of a client that is there, and stays until the transaction ends.
-- $1 client   $2 vendor   $3 sealed   $4 when   $5 name of who   $6 id of who, or null
with held as (
    select id from client where id = $1 for key share
)
insert into vendor_credential (client_id, system, sealed, connected_at, connected_by, connector)
select id, $2, $3, $4, $5, $6 from held
on conflict (client_id, system) do update
    set sealed = excluded.sealed, connected_at = excluded.connected_at, connected_by = excluded.connected_by,
        connector = excluded.connector
