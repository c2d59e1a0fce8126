-- Every open episode has been planned by this version of the region. $1 region_version
update instance set planned_version = $1::bigint where planned_version < $1::bigint
