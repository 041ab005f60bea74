-- Whose events some blocks hold in a week.
-- $1 client   $2 week   $3 blocks integer[]
select block, users from timeline where client_id = $1 and week = $2::integer and block = any($3::integer[]) order by block
