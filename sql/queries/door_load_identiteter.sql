-- Identities of which messages say something, or said, and all those on whose patient that bears (G4).
-- $1 system and $2 varde, $3 episodes: of whatever was said there
-- Out: system, varde, to whom it leads, its own patient; null: none
select o.system, o.varde, i.patient, i.own
from samordnad.identiteter_om($1::text[], $2::text[], $3::bigint[]) o
left join lateral (
	select k.patient, k.own from identitet k where k.system = o.system and k.varde = o.varde offset 0
) i on true
