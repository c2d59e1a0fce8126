-- What is known of the endpoints of the list $1, before what they keep secret is sealed for their numbers.
-- In: $1 the list. Out: one row each, in its order: its number, a fresh one if it is not there yet; its secret, sealed, or null.
select coalesce(e.endpoint, nextval(pg_get_serial_sequence('samordnad.endpoint', 'endpoint'))) as endpoint, e.secret
from jsonb_array_elements($1::text::jsonb) with ordinality as x (row, nr)
	left join unit u on u.hsa_id = x.row ->> 'unit'
	left join endpoint e on e.unit = u.unit and e.url = x.row ->> 'url'
order by x.nr
