-- Those of the clients that are there, which cannot be deleted until the transaction ends.
-- $1 clients uuid[]
select id from client where id = any($1::uuid[]) order by id for key share
