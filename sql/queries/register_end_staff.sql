-- Persons of the units $2 who are not in the list $1 leave now ($3); facts name them, so they stay.
-- Out: each
update staff set slutar_at = $3::timestamptz
from unit u
where u.hsa_id = any($2::text[]) and staff.unit = u.unit
	and (staff.slutar_at is null or staff.slutar_at > $3::timestamptz)
	and not exists (select from jsonb_to_recordset($1::text::jsonb) as x (hsa_id text) where x.hsa_id = staff.hsa_id)
returning staff.hsa_id
