-- The endpoints of the list $1 that are not there yet; answers them, with the secret if it was made here (`fresh`).
insert into endpoint (unit, url, secret, status)
select u.unit, x.url, coalesce(x.secret, x.fresh), coalesce(x.status, 'active')
from jsonb_to_recordset($1::text::jsonb) as x (unit text, url text, secret text, fresh text, status text)
	join unit u on u.hsa_id = x.unit
where not exists (select from endpoint e where e.unit = u.unit and e.url = x.url)
returning url, secret
