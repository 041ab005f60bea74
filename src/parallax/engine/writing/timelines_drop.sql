-- $1 client   $2 blocks integer[]   $3 weeks integer[]
delete from timeline using unnest($2::integer[], $3::integer[]) as gone (block, week)
where timeline.client_id = $1 and timeline.block = gone.block and timeline.week = gone.week
