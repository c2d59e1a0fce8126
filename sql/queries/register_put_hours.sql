-- The opening hours of units that are otherwise left as they are; answers the units that were changed. $1: rows as JSON.
update unit set hours = nullif(x.hours, 'null')
from jsonb_to_recordset($1::text::jsonb) as x (hsa_id text, hours jsonb)
where unit.hsa_id = x.hsa_id and unit.hours is distinct from nullif(x.hours, 'null')
returning unit.hsa_id, false as added
