-- The legal clock, the versions of the region, and the episodes whose instants have come, with the first after them.
-- While a rederive is to be done, what was planned is of a version before it. $1 at most how many
-- Out: now, region_version, planned_version, episode, next_due; one row with nulls at its end if nothing is owed
select n.now, n.region_version, n.planned_version, d.episode, d.next_due
from (
	select samordnad.now() as now, region_version, least(planned_version, rederive_version - 1) as planned_version
	from instance offset 0
) n
left join lateral (
	(select episode, next_due from episode where next_due <= n.now order by next_due, episode limit $1::bigint)
	union all
	(select episode, next_due from episode where next_due > n.now order by next_due, episode limit 1)
) d on true
order by d.next_due
