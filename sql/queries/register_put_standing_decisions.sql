-- The standing decisions of the list $1 that are not there yet; without times from now ($2) for 364 days.
insert into standing_decision (unit, beslutad_av, kriterier, from_at, to_at)
select u.unit, s.staff, x.kriterier, coalesce(x.from_at, $2::timestamptz),
	coalesce(x.to_at, $2::timestamptz + interval '8736 hours')
from jsonb_to_recordset($1::text::jsonb)
		as x (unit text, beslutad_av text, kriterier text, from_at timestamptz, to_at timestamptz)
	join unit u on u.hsa_id = x.unit
	join staff s on s.hsa_id = x.beslutad_av
where not exists (select from standing_decision d
	where d.unit = u.unit and d.beslutad_av = s.staff and d.kriterier = x.kriterier and d.revoked_at is null
		and ((x.from_at = d.from_at and x.to_at = d.to_at)
			or (x.from_at is null and d.from_at <= $2::timestamptz and d.to_at > $2::timestamptz)))
