-- Values that nobody has any more: the text may be what somebody wants forgotten.
-- $1 client   $2 names text[]   $3 hashes bytea[]
delete from trait using unnest($2::text[], $3::bytea[]) as gone (name, hash)
where trait.client_id = $1 and trait.name = gone.name collate "C" and trait.hash = gone.hash
