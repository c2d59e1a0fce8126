-- The ends of policies that are there already. $1: the wanted ones as JSON, $2: now.
update policy p set to_at = x.to_at
from jsonb_to_recordset($1::text::jsonb)
		as x (policy text, scope text, region smallint, kommun smallint, unit text, value text, from_at timestamptz,
			to_at timestamptz)
	left join unit u on u.hsa_id = x.unit
where x.policy = p.policy and x.scope = p.scope and x.region is not distinct from p.region
	and x.kommun is not distinct from p.kommun and u.unit is not distinct from p.unit and x.value = p.value
	and (x.from_at = p.from_at
		or (x.from_at is null and p.from_at <= $2::timestamptz and (p.to_at is null or p.to_at > $2::timestamptz)))
	and p.to_at is distinct from x.to_at
