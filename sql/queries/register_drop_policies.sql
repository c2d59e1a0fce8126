-- Policies that have not begun and are not wanted. $1: the wanted ones as JSON, $2: units whose list was given, $3: whether
-- the list beside the units was given, $4: now. Also those of a unit that the list names, though its list was not given; and
-- an amount (F5: no decision cites it, it counts as in force on 1 January) that is said anew from the same instant on.
-- Out: as of register_end_policies
delete from policy p
where (p.from_at >= $4::timestamptz or (p.policy = 'pay_amount'
		and exists (select from jsonb_to_recordset($1::text::jsonb)
				as x (policy text, scope text, region smallint, kommun smallint, from_at timestamptz)
			where x.policy = p.policy and x.scope = p.scope and x.region is not distinct from p.region
				and x.kommun is not distinct from p.kommun and x.from_at = p.from_at)))
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
			and x.value = p.value and x.from_at = p.from_at)
returning p.policy || ' = ' || p.value || ' of ' || concat_ws(' ', p.scope, lpad(p.region::text, 2, '0'),
	lpad(p.kommun::text, 4, '0'), (select u.hsa_id from unit u where u.unit = p.unit)) || ' from '
	|| to_char(p.from_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
