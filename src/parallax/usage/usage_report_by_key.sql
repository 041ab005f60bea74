-- Reports by key; an app that is being deleted has none any more.
-- $1 clients uuid[]   $2 apps uuid[]   $3 days date[]   $4 users integer[]
select report.client_id, report.application_id, report.activity_date, report.user_id,
       report.total_active_ms, report.total_session_count, owner.external_id, owner.actor_id
from unnest($1::uuid[], $2::uuid[], $3::date[], $4::integer[]) as asked (client_id, application_id, activity_date, user_id)
join app_usage_reports report using (client_id, application_id, activity_date, user_id)
join app on app.client_id = report.client_id and app.id = report.application_id
join actor on actor.client_id = report.client_id and actor.actor_id = report.user_id
join actor owner on owner.client_id = actor.client_id and owner.actor_id = coalesce(actor.canonical, actor.actor_id)
