-- Units whose verksamhetschef was not on the list of staff, $1, and so has been ended at $2: no place of the document,
-- and what is wrong.
select '', 'leaves ' || u.hsa_id || ' without its verksamhetschef: name another first'
from unit u
	join staff s on s.staff = u.verksamhetschef
where s.slutar_at = $2::timestamptz and s.hsa_id not in (
	select x.hsa_id from jsonb_to_recordset($1::text::jsonb) as x (hsa_id text))
order by u.hsa_id
