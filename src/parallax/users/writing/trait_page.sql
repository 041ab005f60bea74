-- Who has which values: some rows of them, along the key.
-- $1 client   $2 after this name   $3 and this hash   $4 how many
select name, hash, bits from trait where client_id = $1 and (name, hash) > ($2, $3::bytea)
order by name, hash limit $4
