-- Weekly times for SIP meetings, those too that are offered no more: bookings cite them. Monday is 0, times are minutes of
-- the local day.
select slot, unit, staff,
	array_position(array['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'], weekday) - 1,
	(extract(epoch from from_time) / 60)::integer, (extract(epoch from to_time) / 60)::integer,
	length_minutes, form, plats, coalesce(ended_at, 'infinity')
from slot
order by unit, slot
