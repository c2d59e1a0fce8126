-- Betalningsansvar by payer, hospital and month of the days, and in total. A proposal (F7). With it the average model (F6)
-- of the payer and the hospital's region: the somatic stays that ended in the month or the two before, and apart from them
-- the psychiatric ones. A month that has stays to pool but no days to pay has a row without a hospital, unless one was
-- asked for; one that has not begun has none. Gotland pays nobody at home (F4).
-- $1 from and $2 to, months as 202605; $3 kommun, $4 hospital, 0: all
-- Out: is this the total, kommun, region, hospital, month, stays, days, of which contested, kr (null: the year of some day
-- has no amount), then of the pool, somatic and psychiatric: stays, their days from ready to home, means (null: of none)
with due as (
	select grouping(b.kommun) = 1 as total, b.kommun, u.region, b.hospital, b.month,
		count(distinct b.episode) as stays, coalesce(sum(b.days), 0) as days,
		coalesce(sum(b.contested_days), 0) as contested_days,
		case when count(b.amount) = count(*) then coalesce(sum(b.amount), 0) end as amount
	from betalningsansvar b
	join unit u on u.unit = b.hospital
	where b.month between $1::integer and $2::integer and ($3::integer = 0 or b.kommun = $3::integer)
		and ($4::integer = 0 or b.hospital = $4::integer)
	group by grouping sets ((b.kommun, u.region, b.hospital, b.month), ())
),
home as (
	select f.kommun, u.region, f.month,
		count(*) filter (where not f.psykiatrisk) as stays,
		sum(f.ready_days) filter (where not f.psykiatrisk) as days,
		count(*) filter (where not f.psykiatrisk and f.ready_days > 0) as later,
		count(*) filter (where f.psykiatrisk) as psyk_stays,
		sum(f.ready_days) filter (where f.psykiatrisk) as psyk_days,
		count(*) filter (where f.psykiatrisk and f.ready_days > 0) as psyk_later
	from follow_up f
	join unit u on u.unit = f.hospital
	where f.unit = 0 and f.ready_days is not null and f.kommun <> 0 and not (f.kommun = 980 and u.region = 9)
		and f.month between to_char(to_date($1::text, 'YYYYMM') - interval '2 months', 'YYYYMM')::integer
			and $2::integer
		and ($3::integer = 0 or f.kommun = $3::integer)
	group by f.kommun, u.region, f.month
),
months as (
	select to_char(m - interval '2 months', 'YYYYMM')::integer as first_month, to_char(m, 'YYYYMM')::integer as month
	from generate_series(to_date($1::text, 'YYYYMM')::timestamp, least(to_date($2::text, 'YYYYMM')::timestamp,
		(select samordnad.now()) at time zone 'Europe/Stockholm'), interval '1 month') m
),
pool as (
	select h.kommun, h.region, m.month, sum(h.stays) as pooled, sum(h.days) as pooled_days, sum(h.later) as later,
		sum(h.psyk_stays) as psyk_pooled, sum(h.psyk_days) as psyk_days, sum(h.psyk_later) as psyk_later
	from months m
	join home h on h.month between m.first_month and m.month
	group by h.kommun, h.region, m.month
)
select coalesce(d.total, false), kommun, region, d.hospital, month, coalesce(d.stays, 0), coalesce(d.days, 0),
	coalesce(d.contested_days, 0), case when d.total is null then 0 else d.amount end,
	coalesce(p.pooled, 0)::bigint, coalesce(p.pooled_days, 0)::bigint, p.pooled_days::float8 / nullif(p.pooled, 0)::float8,
	p.pooled_days::float8 / nullif(p.later, 0)::float8, coalesce(p.psyk_pooled, 0)::bigint,
	coalesce(p.psyk_days, 0)::bigint, p.psyk_days::float8 / nullif(p.psyk_pooled, 0)::float8,
	p.psyk_days::float8 / nullif(p.psyk_later, 0)::float8
from due d
full join pool p using (kommun, region, month)
where $4::integer = 0 or d.total is not null
order by coalesce(d.total, false), kommun, region, d.hospital, month
