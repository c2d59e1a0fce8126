-- Units whose verksamhetschef was not on the list of staff, $1, and so has been ended at $4: where the list stands in the
-- document ($2: units whose list was given, $3: where), and what is wrong.
select list.pointer, 'leaves ' || u.hsa_id || ' without its verksamhetschef: name another first'
from unit u
	join staff s on s.staff = u.verksamhetschef
	join unit own on own.unit = s.unit
	join unnest($2::text[], $3::text[]) as list (unit, pointer) on list.unit = own.hsa_id
where s.slutar_at = $4::timestamptz and s.hsa_id not in (
	select x.hsa_id from jsonb_to_recordset($1::text::jsonb) as x (hsa_id text))
order by u.hsa_id
