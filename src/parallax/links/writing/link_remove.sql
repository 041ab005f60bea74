-- $1 client   $2 link
delete from app_link where client_id = $1 and id = $2 returning application_id
