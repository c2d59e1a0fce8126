-- Has every open episode planned anew, as a change of the region does, without one; and, though they are over, those that are
-- lacking (migrations/0017).
-- Out: the region's version now, how many episodes are open (own files are planned anew too, and not counted), how many
-- stays lack something, and whether there is a door to do it now
with region as (
	update instance set region_version = region_version + 1, rederive_version = region_version + 1
	returning region_version
)
select region_version, (select count(*) from episode where next_due is not null and org <> 0),
	(select count(*) from lacking),
	door_is_held()
from region
