-- Policies that have begun, have not ended and are not wanted end now. Parameters as of register_drop_policies.
-- Out: each, as policy, value, of what, from when
update policy p set to_at = $4::timestamptz
where p.from_at < $4::timestamptz and (p.to_at is null or p.to_at > $4::timestamptz)
	and (case when p.scope <> 'unit' then $3::boolean
		else exists (select from unit u where u.unit = p.unit and (u.hsa_id = any($2::text[])
			or exists (select from jsonb_to_recordset($1::text::jsonb) as w (policy text, unit text)
				where w.unit = u.hsa_id and w.policy = p.policy))) end)
	and not exists (select from jsonb_to_recordset($1::text::jsonb)
			as x (policy text, scope text, region smallint, kommun smallint, unit text, value text,
				from_at timestamptz)
			left join unit u on u.hsa_id = x.unit
		where x.policy = p.policy and x.scope = p.scope and x.region is not distinct from p.region
			and x.kommun is not distinct from p.kommun and u.unit is not distinct from p.unit
			and x.value = p.value and (x.from_at = p.from_at or x.from_at is null))
returning p.policy || ' = ' || p.value || ' of ' || concat_ws(' ', p.scope, lpad(p.region::text, 2, '0'),
	lpad(p.kommun::text, 4, '0'), (select u.hsa_id from unit u where u.unit = p.unit)) || ' from '
	|| to_char(p.from_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
