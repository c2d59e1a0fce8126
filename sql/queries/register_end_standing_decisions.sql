-- Standing decisions of the units $2 that have not ended and are not in the list $1 are revoked now ($3). One without
-- times means the one that is valid now.
-- Out: each, as unit and who decided
update standing_decision d set revoked_at = $3::timestamptz
from unit u, staff s
where u.hsa_id = any($2::text[]) and d.unit = u.unit and s.staff = d.beslutad_av
	and d.to_at > $3::timestamptz and d.revoked_at is null
	and not exists (select from jsonb_to_recordset($1::text::jsonb)
			as x (unit text, beslutad_av text, kriterier text, from_at timestamptz, to_at timestamptz)
		where x.unit = u.hsa_id and x.beslutad_av = s.hsa_id and x.kriterier = d.kriterier
			and ((x.from_at = d.from_at and x.to_at = d.to_at)
				or (x.from_at is null and d.from_at <= $3::timestamptz)))
returning u.hsa_id || ' by ' || s.hsa_id
