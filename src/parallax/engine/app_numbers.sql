-- $1 clients uuid[]
select client_id, number, app_id from app_number where client_id = any($1::uuid[])
