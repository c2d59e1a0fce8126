-- The policies of the list $1 that are not there yet. One without times: the first of its name and scope from the
-- beginning, a later one from now ($2) on.
insert into policy (policy, scope, region, kommun, unit, value, from_at, to_at)
select x.policy, x.scope, x.region, x.kommun, u.unit, x.value,
	coalesce(x.from_at, case when exists (select from policy p
			where p.policy = x.policy and p.scope = x.scope and p.region is not distinct from x.region
				and p.kommun is not distinct from x.kommun and p.unit is not distinct from u.unit)
		then $2::timestamptz else '1900-01-01T00:00:00Z' end), x.to_at
from jsonb_to_recordset($1::text::jsonb)
		as x (policy text, scope text, region smallint, kommun smallint, unit text, value text, from_at timestamptz,
			to_at timestamptz)
	left join unit u on u.hsa_id = x.unit
where not exists (select from policy p
	where p.policy = x.policy and p.scope = x.scope and p.region is not distinct from x.region
		and p.kommun is not distinct from x.kommun and p.unit is not distinct from u.unit and p.value = x.value
		and (p.from_at = x.from_at or (x.from_at is null and p.from_at <= $2::timestamptz
			and (p.to_at is null or p.to_at > $2::timestamptz))))
