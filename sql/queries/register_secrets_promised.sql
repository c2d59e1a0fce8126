-- Endpoints of the list $1 whose secret another would replace while the one before it is promised to be valid still: where
-- they stand, and why not.
select x.pointer || '/secret', 'the secret before the present one is valid until '
	|| to_char(e.secret_before_until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
	|| ': another may replace it then, or at once by POST /v1/endpoints/' || e.endpoint || '/rotate with valid_days 0'
from jsonb_to_recordset($1::text::jsonb) as x (pointer text, unit text, url text, sealed text)
	join unit u on u.hsa_id = x.unit
	join endpoint e on e.unit = u.unit and e.url = x.url
where x.sealed is not null and e.status <> 'deleted' and e.secret_before_until > clock_timestamp()
