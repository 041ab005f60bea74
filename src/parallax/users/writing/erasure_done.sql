-- $1 client   $2 erasure   $3 layers as JSON
update erasure set purged_at = clock_timestamp(), layers = $3::jsonb where client_id = $1 and id = $2
