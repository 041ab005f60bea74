-- Weeks that have timelines.
-- $1 client
select distinct week from timeline where client_id = $1 order by week
