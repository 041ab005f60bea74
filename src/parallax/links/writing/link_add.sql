-- $1 client   $2 link   $3 app   $4 system   $5 store, or null   $6 key   $7 label, or null   $8 sealed credential, or null
-- $9 when   $10 name of who   $11 id of who, or null
insert into app_link (client_id, id, application_id, system, store, key, label, sealed, created_at, created_by, creator)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
