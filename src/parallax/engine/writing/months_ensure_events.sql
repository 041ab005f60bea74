-- $1 days date[], one of each month that is written to
select ensure_event_month(day) from unnest($1::date[]) as day
