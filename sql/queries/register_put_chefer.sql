-- Each unit's verksamhetschef, once the staff is there; answers the units that were changed. $1: units as JSON; one that
-- names none keeps whom it has.
update unit set verksamhetschef = s.staff
from jsonb_to_recordset($1::text::jsonb) as x (hsa_id text, verksamhetschef text)
	join staff s on s.hsa_id = x.verksamhetschef
where unit.hsa_id = x.hsa_id and unit.verksamhetschef is distinct from s.staff
returning unit.hsa_id, false as added
