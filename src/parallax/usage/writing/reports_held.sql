-- $1 client   $2 apps uuid[]   $3 days date[]   $4 users integer[]
select asked.number, report.total_active_ms, report.total_session_count
from unnest($2::uuid[], $3::date[], $4::integer[]) with ordinality as asked (application_id, activity_date, user_id, number)
join app_usage_reports report
  on report.client_id = $1 and report.application_id = asked.application_id
 and report.activity_date = asked.activity_date and report.user_id = asked.user_id
