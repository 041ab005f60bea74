-- $1 client   $2 load   $3 name of its file   $4 by which the file is known again
insert into event_load (client_id, id, name, fingerprint) values ($1, $2, $3, $4)
