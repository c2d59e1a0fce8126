-- Standing decisions of the list $1 that are for more than a year of the calendar (B4): where the end of each stands in the
-- document, and what is wrong.
select x.pointer || '/to_at', 'is more than a year after from_at: a standing decision is for a year at most (B4)'
from rows from (jsonb_to_recordset($1::text::jsonb) as (pointer text, from_at timestamptz, to_at timestamptz))
		with ordinality as x (pointer, from_at, to_at, place)
where x.to_at at time zone 'Europe/Stockholm' > (x.from_at at time zone 'Europe/Stockholm') + interval '1 year'
order by x.place
