-- $1 clients uuid[]   $2 search, lower case, or null
select client_id, count(*) as apps from app
where client_id = any($1::uuid[]) and ($2::text is null or strpos(lower(name collate "default"), $2) > 0)
group by client_id
