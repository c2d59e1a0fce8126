-- Endpoints that are there: another secret (`sealed`, hexadecimal) or a status that the list $1 gives; one that was deleted comes
-- back and begins with what comes after now (as in endpoint_begin). A secret that another one replaces is valid for a day more,
-- beside the new one.
with back as (
	select e.endpoint
	from jsonb_to_recordset($1::text::jsonb) as x (unit text, url text)
		join unit u on u.hsa_id = x.unit
		join endpoint e on e.unit = u.unit and e.url = x.url
	where e.status = 'deleted'
), gone as (
	delete from undelivered d using back where d.endpoint = back.endpoint
), begun as (
	update endpoint_cursor c
	set next_seq = 1 + coalesce((select f.seq from feed_head f where f.unit = c.unit), 0),
		lease_token = c.lease_token + 1, lease_until = null, failures = 0, failing_since = null, last_error = null
	from back
	where c.endpoint = back.endpoint
)
update endpoint e set secret = coalesce(decode(x.sealed, 'hex'), e.secret),
	status = coalesce(x.status, case e.status when 'deleted' then 'active' else e.status end),
	secret_before = case when x.sealed is not null then e.secret else e.secret_before end,
	secret_before_until = case when x.sealed is not null then clock_timestamp() + interval '24 hours'
		else e.secret_before_until end
from jsonb_to_recordset($1::text::jsonb) as x (endpoint bigint, unit text, url text, sealed text, status text)
	join unit u on u.hsa_id = x.unit
where e.unit = u.unit and e.url = x.url and e.endpoint = x.endpoint
	and (x.sealed is not null or (x.status is not null and x.status <> e.status)
		or e.status = 'deleted')
