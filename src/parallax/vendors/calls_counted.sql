-- What was counted of an account in this hour and month, and what the vendor told last of the month. $1 account, $2 now.
select usage.span, usage.subject, usage.starts, usage.calls, null::bigint as month_limit
from vendor_usage usage
where usage.account = $1 and usage.starts = date_trunc(usage.span, $2::timestamptz, 'UTC')
union all
select 'told', '', told.told_at, told.month_used, told.month_limit from vendor_allowance told
where told.account = $1 and told.told_at >= date_trunc('month', $2::timestamptz, 'UTC')
