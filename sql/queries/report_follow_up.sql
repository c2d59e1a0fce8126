-- The follow-up of domain.md section 4, by month, unit, kommun or hospital, and in total: proto/manual.md says what each
-- number is. What is measured of a stay is taken from its row 0, or, by units, from each unit's row. One index each for
-- what is asked: of the four parts of picked only one is read. The join is a full one because that is never planned as
-- each key with each other; every key stands in stays. A readmission is one after any discharge that is kept, whenever.
-- $1 from and $2 to, months as 202605; $3 unit, $4 hospital, $5 kommun, 0: all; $6 by: 0 month, 1 unit, 2 kommun, 3 hospital
-- Out: is this the total, key, then as measures in daemon/reports.c; null: there is nothing to reckon it from
with picked as not materialized (
	select * from follow_up
	where $3::integer <> 0 and unit = $3::integer and month between $1::integer and $2::integer
		and ($4::integer = 0 or hospital = $4::integer) and ($5::integer = 0 or kommun = $5::integer)
	union all
	select * from follow_up
	where $3::integer = 0 and $4::integer <> 0 and hospital = $4::integer
		and month between $1::integer and $2::integer and ($5::integer = 0 or kommun = $5::integer)
	union all
	select * from follow_up
	where $3::integer = 0 and $4::integer = 0 and $5::integer <> 0 and kommun = $5::smallint
		and month between $1::integer and $2::integer
	union all
	select * from follow_up
	where $3::integer = 0 and $4::integer = 0 and $5::integer = 0 and month between $1::integer and $2::integer
),
stay as (
	select case $6::smallint when 0 then month when 1 then unit when 2 then kommun else hospital end as key,
		notice_in_time, notice_minutes, kallelse_in_time, ready_days, psykiatrisk, withdrawals, date_changes,
		hospital_late, unit_late, kommun_late, system_late, discharge, sip_held, sip_followed_up,
		exists (select from follow_up f
			where f.unit = 0 and f.patient = p.patient and f.episode <> p.episode and f.utskriven_at <= p.inskriven_at
				and f.utskriven_at >= (date_trunc('day', p.inskriven_at at time zone 'Europe/Stockholm')
					- interval '30 days') at time zone 'Europe/Stockholm') as readmission
	from picked p
	where (unit <> 0) = ($6::smallint = 1 or $3::integer <> 0)
),
mottagare as (
	select case $6::smallint when 0 then month when 1 then unit when 2 then kommun else hospital end as key,
		kvittens_minutes, fvk_in_time, fvk_lead_minutes, fvk_changes
	from picked
	where unit <> 0
),
stays as (
	select grouping(key) = 1 as total, coalesce(key, 0) as key,
		count(*) as stays,
		count(notice_in_time) as notices,
		count(*) filter (where notice_in_time) as notices_in_time,
		count(kallelse_in_time) as kallelser,
		count(*) filter (where kallelse_in_time) as kallelser_in_time,
		count(ready_days) filter (where not psykiatrisk) as ready,
		sum(ready_days) filter (where not psykiatrisk) as days,
		count(*) filter (where ready_days > 0 and not psykiatrisk) as ready_later,
		count(ready_days) filter (where psykiatrisk) as psyk_ready,
		sum(ready_days) filter (where psykiatrisk) as psyk_days,
		count(*) filter (where ready_days > 0 and psykiatrisk) as psyk_ready_later,
		coalesce(sum(withdrawals), 0) as withdrawals,
		coalesce(sum(date_changes), 0) as date_changes,
		coalesce(sum(hospital_late), 0) as hospital_late,
		coalesce(sum(unit_late), 0) as unit_late,
		coalesce(sum(kommun_late), 0) as kommun_late,
		coalesce(sum(system_late), 0) as system_late,
		count(*) filter (where discharge = 0) as by_day,
		count(*) filter (where discharge = 1) as in_the_evening,
		count(*) filter (where discharge = 2) as on_a_day_off,
		count(*) filter (where readmission) as readmissions,
		count(*) filter (where sip_held) as held,
		count(*) filter (where sip_followed_up) as followed_up,
		percentile_disc(0.5) within group (order by notice_minutes) as notice_median,
		percentile_disc(0.9) within group (order by notice_minutes) as notice_p90,
		percentile_disc(0.5) within group (order by ready_days) filter (where not psykiatrisk) as ready_median,
		percentile_disc(0.9) within group (order by ready_days) filter (where not psykiatrisk) as ready_p90,
		percentile_disc(0.5) within group (order by ready_days) filter (where psykiatrisk) as psyk_median,
		percentile_disc(0.9) within group (order by ready_days) filter (where psykiatrisk) as psyk_p90
	from stay
	group by grouping sets ((stay.key), ())
),
mottagares as (
	select grouping(key) = 1 as total, coalesce(key, 0) as key,
		count(*) as mottagare,
		count(kvittens_minutes) as kvittenser,
		count(fvk_in_time) as fvk,
		count(*) filter (where fvk_in_time) as fvk_in_time,
		coalesce(sum(fvk_changes), 0) as fvk_changes,
		percentile_disc(0.5) within group (order by kvittens_minutes) as kvittens_median,
		percentile_disc(0.9) within group (order by kvittens_minutes) as kvittens_p90,
		percentile_disc(0.5) within group (order by fvk_lead_minutes) as lead_median
	from mottagare
	group by grouping sets ((mottagare.key), ())
)
select s.total, s.key, s.stays, s.notices, s.notices_in_time, s.notices_in_time::float8 / nullif(s.notices, 0),
	s.notice_median, s.notice_p90, coalesce(m.mottagare, 0), coalesce(m.kvittenser, 0), m.kvittens_median, m.kvittens_p90,
	coalesce(m.fvk, 0), coalesce(m.fvk_in_time, 0), m.fvk_in_time::float8 / nullif(m.fvk, 0), m.lead_median,
	coalesce(m.fvk_changes, 0), s.kallelser, s.kallelser_in_time, s.kallelser_in_time::float8 / nullif(s.kallelser, 0),
	s.ready, s.days::float8 / nullif(s.ready, 0), s.days::float8 / nullif(s.ready_later, 0), s.ready_median, s.ready_p90,
	s.psyk_ready, s.psyk_days::float8 / nullif(s.psyk_ready, 0), s.psyk_days::float8 / nullif(s.psyk_ready_later, 0),
	s.psyk_median, s.psyk_p90, s.withdrawals, s.date_changes, s.hospital_late, s.unit_late, s.kommun_late, s.system_late,
	s.by_day, s.in_the_evening, s.on_a_day_off, s.readmissions, s.held, s.followed_up
from stays s
full join mottagares m using (total, key)
order by s.total, s.key
