-- Clients with erased users whose rows are not all gone yet.
select distinct client_id from erasure where purged_at is null
