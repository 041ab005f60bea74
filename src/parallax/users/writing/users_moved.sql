-- $1 client   $2 generation   $3 links   $4 traits   $5 usage version
update client_state set generation = $2, links = $3, traits = $4, usage_version = $5 where client_id = $1
