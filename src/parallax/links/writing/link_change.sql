-- $1 client   $2 link   $3 label, or null to keep it   $4 sealed credential, or null to keep it
update app_link set label = coalesce($3, label), sealed = coalesce($4, sealed) where client_id = $1 and id = $2
