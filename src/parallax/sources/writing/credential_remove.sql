-- $1 client   $2 vendor
delete from vendor_credential where client_id = $1 and system = $2
