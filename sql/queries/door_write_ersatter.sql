-- What messages say of identities, new, annulled or valid again (G4). Arrays of one length.
-- $1 episode and $2 nr of the message, $3 when it was said; $4 annulled; $5 system and $6 varde by which the stay named its
-- patient, or null; $7 and $8 those that the message names; $9 and $10 those of what it replaces, or null
insert into identitet_ersatter
	(episode, nr, sent_at, annulled, named_system, named_varde, system, varde, ersatter_system, ersatter_varde)
select n.episode, n.nr, n.sent_at, n.annulled, n.named_system, n.named_varde, n.system, n.varde, n.ersatter_system,
	n.ersatter_varde
from unnest($1::bigint[], $2::integer[], $3::timestamptz[], $4::boolean[], $5::text[], $6::text[], $7::text[], $8::text[],
	$9::text[], $10::text[]) with ordinality
	as n(episode, nr, sent_at, annulled, named_system, named_varde, system, varde, ersatter_system, ersatter_varde, place)
order by n.place
on conflict (episode, nr) do update
set annulled = excluded.annulled, named_system = excluded.named_system, named_varde = excluded.named_varde
