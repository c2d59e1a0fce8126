-- Has every open episode planned anew, as a change of the region does, without one; and, though they are over, those of
-- which what is kept for the reports lacks something (a year's amount, F5; a discharge's time) or has another amount than the
-- policies say, as scheduler_open says.
-- Out: the region's version now, how many episodes are open (own files are planned anew too, and not counted), how many
-- stays lack something, and whether there is a door to do it now
with region as (
	update instance set region_version = region_version + 1, rederive_version = region_version + 1
	returning region_version
)
select region_version, (select count(*) from episode where next_due is not null and org <> 0),
	(select count(*) from (
		select episode from betalningsansvar where amount is null
		union
		select b.episode from betalningsansvar b
		where b.amount <> b.days * (select p.value::integer from policy p
			where p.policy = 'pay_amount' and (p.region is null or p.region = (select region from unit where unit = b.hospital))
				and (p.kommun is null or p.kommun = b.kommun) and tstzrange(p.from_at, p.to_at)
					@> make_timestamptz(b.month / 100, 1, 1, 0, 0, 0, 'Europe/Stockholm')
			order by p.kommun is null, p.region is null limit 1)
		union
		select episode from follow_up where utskriven_at is null
	) l),
	door_is_held()
from region
