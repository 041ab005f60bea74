-- Clients with erased users whose rows are not all gone yet.
-- $1 clients uuid[], null for all
select distinct client_id from erasure
where purged_at is null and ($1::uuid[] is null or client_id = any($1::uuid[]))
