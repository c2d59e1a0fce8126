-- Standing decisions of the list $1, those that are not there yet, of somebody who is neither a person of the unit nor its
-- verksamhetschef (B4): where that stands in the document, and what is wrong.
select x.pointer || '/beslutad_av', 'is neither a person of ' || x.unit || ' nor its verksamhetschef'
from rows from (jsonb_to_recordset($1::text::jsonb) as (pointer text, unit text, beslutad_av text, kriterier text))
		with ordinality as x (pointer, unit, beslutad_av, kriterier, place)
	join unit u on u.hsa_id = x.unit
	join staff s on s.hsa_id = x.beslutad_av
where s.unit <> u.unit and s.staff is distinct from u.verksamhetschef
	and not exists (select from standing_decision d
		where d.unit = u.unit and d.beslutad_av = s.staff and d.kriterier = x.kriterier and d.revoked_at is null)
order by x.place
