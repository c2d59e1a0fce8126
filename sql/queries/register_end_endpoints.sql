-- Endpoints of the units $2 that are not in the list $1 are told no more.
-- Out: each, as unit and URL
update endpoint e set status = 'deleted'
from unit u
where u.hsa_id = any($2::text[]) and e.unit = u.unit and e.status <> 'deleted'
	and not exists (select from jsonb_to_recordset($1::text::jsonb) as x (unit text, url text)
		where x.unit = u.hsa_id and x.url = e.url)
returning u.hsa_id || ' ' || e.url
