-- Each person's standing deputy, once all are there; answers the persons that were changed. $1: staff as JSON.
update staff set ersattare = d.staff
from jsonb_to_recordset($1::text::jsonb) as x (hsa_id text, ersattare text)
	left join staff d on d.hsa_id = x.ersattare
where staff.hsa_id = x.hsa_id and staff.ersattare is distinct from d.staff
returning staff.hsa_id, false as added
