-- $1 client   $2 name, or null to keep it   $3 time zone, or null to keep it   $4 when
update client set name = coalesce($2, name), time_zone = coalesce($3, time_zone), updated_at = $4
where id = $1
returning id, name, time_zone
