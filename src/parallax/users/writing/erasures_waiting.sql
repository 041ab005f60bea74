-- What is erased and not purged yet.
-- $1 client
select id, actors, layers from erasure where client_id = $1 and purged_at is null order by link
