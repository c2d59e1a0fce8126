-- What was said of those identities and stands, and all that was said in those episodes, in that order.
-- $1 to $3 as in door_load_identiteter
-- Out: episode, nr, sent_at, annulled, system and varde that the stay named, or null; that the message names; that it replaces, or null
select e.episode, e.nr, e.sent_at, e.annulled, e.named_system, e.named_varde, e.system, e.varde, e.ersatter_system, e.ersatter_varde
from (
	select * from identitet_ersatter e where e.episode = any ($3::bigint[])
	union
	select e.*
	from samordnad.identiteter_om($1::text[], $2::text[], $3::bigint[]) o
	cross join lateral (
		select * from identitet_ersatter k
		where not k.annulled and k.system = o.system and k.varde = o.varde
		offset 0
	) e
) e
order by e.sent_at, e.ord
