-- $1 client
select distinct scope, event from event_day where client_id = $1
