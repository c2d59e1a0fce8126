-- The endpoints of the list $1 that are not there yet, under the numbers that register_endpoints gave; answers those.
-- `sealed`: the secret, hexadecimal.
insert into endpoint (endpoint, unit, url, secret, status)
overriding system value
select x.endpoint, u.unit, x.url, decode(x.sealed, 'hex'), coalesce(x.status, 'active')
from jsonb_to_recordset($1::text::jsonb) as x (endpoint bigint, unit text, url text, sealed text, status text)
	join unit u on u.hsa_id = x.unit
where not exists (select from endpoint e where e.unit = u.unit and e.url = x.url)
returning endpoint
