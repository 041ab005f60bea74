-- Whose events the weeks of some blocks hold.
-- $1 client   $2 blocks integer[]
select block, week, users from timeline where client_id = $1 and block = any($2::integer[]) order by block, week
