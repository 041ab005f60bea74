-- Takes some rows of a table that is not partitioned away, whichever.
-- $1 client   $2 how many
delete from {table}
where client_id = $1 and ctid = any (array(select ctid from {table} where client_id = $1 limit $2::integer))
