-- Counts calls of this hour and this month, and answers how many there were, of all gateways. $1 account, $2 now, $3 calls.
insert into vendor_usage as old (account, span, starts, calls)
select $1, span, date_trunc(span, $2::timestamptz, 'UTC'), $3::bigint from unnest(array['hour', 'month']) as span
on conflict (account, span, starts) do update set calls = old.calls + excluded.calls
returning span, calls
