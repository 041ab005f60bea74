-- Takes a stretch of an app's reports away. By the ends of the stretch, not by a join: that would be planned without
-- knowing how much there is.
-- $1 client   $2 app   $3 after this day   $4 and this user   $5 to this day   $6 and this user
delete from app_usage_reports
where client_id = $1 and application_id = $2
  and activity_date >= $3::date and (activity_date, user_id) > ($3::date, $4::integer)
  and activity_date <= $5::date and (activity_date, user_id) <= ($5::date, $6::integer)
