-- Counts a call in this hour and this month, and answers how many there were, of all gateways. $1 account, $2 now, $3 what the
-- hour is counted by.
insert into vendor_usage as old (account, span, subject, starts, calls)
select $1, span, case span when 'hour' then $3 else '' end, date_trunc(span, $2::timestamptz, 'UTC'), 1
from unnest(array['hour', 'month']) as span
on conflict (account, span, starts, subject) do update set calls = old.calls + excluded.calls
returning span, starts, calls
