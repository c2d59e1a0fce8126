-- Slots of the units $2 that are not in the list $1 are offered no more from now ($3) on.
-- Out: each, as unit, weekday and times
update slot set ended_at = $3::timestamptz
from unit u
where u.hsa_id = any($2::text[]) and slot.unit = u.unit and slot.ended_at is null
	and not exists (select from jsonb_to_recordset($1::text::jsonb) as x (unit text, staff text, weekday text,
				"from" time, "to" time, length_minutes smallint, form text, plats text)
			left join staff s on s.hsa_id = x.staff
		where x.unit = u.hsa_id and s.staff is not distinct from slot.staff and x.weekday = slot.weekday
			and x."from" = slot.from_time and x."to" = slot.to_time
			and x.length_minutes = slot.length_minutes and x.form = slot.form and x.plats = slot.plats)
returning u.hsa_id || ' ' || slot.weekday || ' ' || slot.from_time || ' to ' || slot.to_time
