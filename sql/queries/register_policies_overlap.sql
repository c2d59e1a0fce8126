-- Policies of the list $1 whose times overlap those of a stored row of the same name and scope that is none of the list: at
-- $2 it has been ended, or had ended. Where each stands in the document, and what is wrong.
with wanted as (
	select x.*, u.unit as of, coalesce(x.from_at, $2::timestamptz) as begins_at
	from rows from (jsonb_to_recordset($1::text::jsonb) as (pointer text, policy text, scope text, region smallint,
			kommun smallint, unit text, value text, from_at timestamptz, to_at timestamptz))
			with ordinality as x (pointer, policy, scope, region, kommun, unit, value, from_at, to_at, place)
		left join unit u on u.hsa_id = x.unit)
select distinct on (w.place) w.pointer, 'overlaps row ' || p.policy_row || ' (' || p.policy || ' = ' || p.value || ' of '
	|| concat_ws(' ', p.scope, lpad(p.region::text, 2, '0'), lpad(p.kommun::text, 4, '0'),
		(select u.hsa_id from unit u where u.unit = p.unit),
		'from', to_char(p.from_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
		'to ' || to_char(nullif(p.to_at, $2::timestamptz) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
	|| '), which has begun: begin this one after it; to change the value from now on leave from_at out'
	|| case when p.policy = 'pay_amount' then '; to mend the amount give that from_at' else '' end
from wanted w
	join policy p on p.policy = w.policy and p.scope = w.scope and p.region is not distinct from w.region
		and p.kommun is not distinct from w.kommun and p.unit is not distinct from w.of
		and tstzrange(p.from_at, p.to_at) && tstzrange(w.begins_at, w.to_at)
where not exists (select from wanted x
	where x.policy = p.policy and x.scope = p.scope and x.region is not distinct from p.region
		and x.kommun is not distinct from p.kommun and x.of is not distinct from p.unit and x.value = p.value
		and (x.from_at = p.from_at or (x.from_at is null and p.from_at <= $2::timestamptz
			and (p.to_at is null or p.to_at > $2::timestamptz))))
order by w.place, p.policy_row
