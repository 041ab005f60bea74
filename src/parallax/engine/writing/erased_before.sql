-- Ids whose rows are still there but count nowhere any more.
-- $1 client
select unnest(actors) as actor from erasure where client_id = $1 and purged_at is null
