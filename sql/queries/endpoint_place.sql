-- Where a new endpoint goes, known before it is there: what it keeps secret is sealed for its number.
-- In: $1 HSA-id of the unit, $2 URL. Out: the number of one that was deleted and comes back, else a fresh one; null: the unit has
-- an endpoint with this URL. No row: there is no such unit.
select case
	when e.endpoint is null then nextval(pg_get_serial_sequence('samordnad.endpoint', 'endpoint'))
	when e.status = 'deleted' then e.endpoint end as endpoint
from samordnad.unit u
left join samordnad.endpoint e on e.unit = u.unit and e.url = $2::text
where u.hsa_id = $1::text
