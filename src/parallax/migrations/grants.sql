-- What each serving role may do: applied after every migration, so that a restored dump or a new table has it as well.
-- {app} reads; {ingest} writes; {sql} runs free SQL and may touch no table here.
grant connect on database {database} to {app}, {ingest}, {sql};
revoke temporary, create on database {database} from public;
revoke all on schema public from public;
grant usage on schema parallax to {app}, {ingest};
revoke all on all tables in schema parallax from {app}, {ingest}, {sql}, public;
revoke all on all functions in schema parallax from {app}, {ingest}, {sql}, public;
grant execute on function parallax.scope() to {app}, {ingest};
grant execute on function parallax.token_by_hash(bytea) to {app};
grant execute on function parallax.ensure_usage_month(date), parallax.ensure_event_month(date),
    parallax.drop_event_months(date) to {ingest};
grant select on parallax.client, parallax.client_state, parallax.app, parallax.removal,
    parallax.api_token, parallax.api_token_grant, parallax.actor, parallax.app_usage_reports, parallax.app_usage_day,
    parallax.app_usage_users, parallax.event_name, parallax.app_number, parallax.session_id, parallax.counted_field,
    parallax.counted_value, parallax.trait, parallax.erasure, parallax.event_load, parallax.event_tail,
    parallax.event_segment, parallax.event_day, parallax.session_block, parallax.timeline, parallax.timeline_state,
    parallax.raw_kept, parallax.schema_version, parallax.vendor_answer, parallax.vendor_usage,
    parallax.vendor_allowance, parallax.app_link, parallax.vendor_credential to {app}, {ingest};
grant insert, update, delete on parallax.client, parallax.client_state, parallax.app, parallax.removal,
    parallax.api_token, parallax.api_token_grant, parallax.actor, parallax.app_usage_reports, parallax.app_usage_day,
    parallax.app_usage_users, parallax.event_name, parallax.app_number, parallax.session_id, parallax.counted_field,
    parallax.counted_value, parallax.trait, parallax.erasure, parallax.event_load, parallax.event_tail,
    parallax.event_segment, parallax.event_day, parallax.session_block, parallax.timeline,
    parallax.timeline_state, parallax.vendor_answer, parallax.vendor_usage, parallax.vendor_allowance, parallax.app_link,
    parallax.vendor_credential to {ingest};
