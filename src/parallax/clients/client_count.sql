-- $1 clients uuid[], or null for an operator's count of all
select count(*) as clients from client where $1::uuid[] is null or id = any($1)
