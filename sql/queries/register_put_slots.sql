-- The slots of the list $1 that are not offered yet, in its order.
insert into slot (unit, staff, weekday, from_time, to_time, length_minutes, form, plats)
select u.unit, s.staff, x.weekday, x."from", x."to", x.length_minutes, x.form, x.plats
from rows from (jsonb_to_recordset($1::text::jsonb) as (unit text, staff text, weekday text, "from" time, "to" time,
		length_minutes smallint, form text, plats text))
		with ordinality as x (unit, staff, weekday, "from", "to", length_minutes, form, plats, place)
	join unit u on u.hsa_id = x.unit
	left join staff s on s.hsa_id = x.staff
where not exists (select from slot
	where slot.unit = u.unit and slot.ended_at is null and slot.staff is not distinct from s.staff
		and slot.weekday = x.weekday and slot.from_time = x."from" and slot.to_time = x."to"
		and slot.length_minutes = x.length_minutes and slot.form = x.form and slot.plats = x.plats)
order by x.place
