-- Every open episode has been planned by this version of the region, and what lacked something if that was asked for by then.
-- $1 region_version
update instance
set planned_version = $1::bigint, rederive_version = case when rederive_version > $1::bigint then rederive_version end
where planned_version < $1::bigint or rederive_version <= $1::bigint
