-- Has every open episode planned anew: as a change of the region does, without one.
-- Out: the region's version now, how many episodes are open (own files are planned anew too, and not counted)
with region as (update instance set region_version = region_version + 1 returning region_version)
select region_version, (select count(*) from episode where next_due is not null and org <> 0) from region
