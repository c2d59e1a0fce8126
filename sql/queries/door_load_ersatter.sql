-- What was said of those identities, in that order.
-- $1 to $3 as in door_load_identiteter
-- Out: episode, nr, fresh, gives_way, system, varde, system and varde of what it replaces, or null
select e.episode, e.nr, e.fresh, e.gives_way, e.system, e.varde, e.ersatter_system, e.ersatter_varde
from (
	select * from identitet_ersatter e where e.episode = any ($3::bigint[])
	union
	select e.*
	from samordnad.identiteter_om($1::text[], $2::text[], $3::bigint[]) o
	cross join lateral (
		select * from identitet_ersatter k
		where k.gives_way and k.ersatter_system = o.system and k.ersatter_varde = o.varde
		offset 0
	) e
) e
order by e.ord
