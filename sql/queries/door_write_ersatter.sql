-- What messages say of identities, new or of another validity (G4). Arrays of one length.
-- $1 episode and $2 nr of the message; $3 whether nobody had the identity, $4 whether what it replaces gives way; $5 system and
-- $6 varde; $7 and $8 those of what it replaces, or null
insert into identitet_ersatter (episode, nr, fresh, gives_way, system, varde, ersatter_system, ersatter_varde)
select n.episode, n.nr, n.fresh, n.gives_way, n.system, n.varde, n.ersatter_system, n.ersatter_varde
from unnest($1::bigint[], $2::integer[], $3::boolean[], $4::boolean[], $5::text[], $6::text[], $7::text[], $8::text[])
	with ordinality
	as n(episode, nr, fresh, gives_way, system, varde, ersatter_system, ersatter_varde, place)
order by n.place
on conflict (episode, nr) do update set fresh = excluded.fresh, gives_way = excluded.gives_way
