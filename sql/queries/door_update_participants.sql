-- Participants that a batch changed. Arrays of one length.
update participant p
set role = n.role, active = n.active, told = n.told
from unnest($1::bigint[], $2::integer[], $3::smallint[], $4::boolean[], $5::bytea[])
	as n(episode, unit, role, active, told)
where p.episode = n.episode and p.unit = n.unit
