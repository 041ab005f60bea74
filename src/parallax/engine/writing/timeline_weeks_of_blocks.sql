-- Weeks of which some blocks hold events.
-- $1 client   $2 blocks integer[]
select distinct week from timeline where client_id = $1 and block = any($2::integer[])
