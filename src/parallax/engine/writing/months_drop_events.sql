-- $1 first day of the first month that is kept
select drop_event_months($1::date) as month
