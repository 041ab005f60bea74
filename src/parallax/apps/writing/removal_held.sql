-- Whether an app of this id is being deleted.
-- $1 client   $2 app
select since from removal where client_id = $1 and app_id = $2
