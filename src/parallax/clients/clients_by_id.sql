-- $1 clients uuid[]
select id, name, time_zone from client where id = any($1::uuid[])
