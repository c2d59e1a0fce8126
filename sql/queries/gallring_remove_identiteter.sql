-- Removes identities (G4), and what was said of them, unless an episode, a fast kontakt or the access log is of the patient of one of them, or of
-- one on whose patient they bear. Behind gallring_begin.
-- $1 systems, $2 varden
-- Out: how many
with om as materialized (
	select n.system, n.varde, k.patient, k.own
	from unnest($1::text[], $2::text[]) as n(system, varde)
	cross join lateral samordnad.identiteter_om(array[n.system], array[n.varde], '{}') o
	cross join lateral (select * from identitet i where i.system = o.system and i.varde = o.varde offset 0) k
), bare as materialized (
	select array_agg(n.system) as systems, array_agg(n.varde) as varden
	from (select distinct om.system, om.varde from om) n
	where not exists (
		select from om
		where om.system = n.system and om.varde = n.varde and (
			exists (select from episode e where e.patient = om.patient offset 0)
			or exists (select from episode e where e.patient = om.own offset 0)
			or exists (select from access_entry a where a.patient in (om.patient, om.own) offset 0)
			or exists (select from kontakt k where k.patient = om.patient offset 0)
			or exists (select from kontakt k where k.patient = om.own offset 0)))
), gone as (
	delete from identitet
	where ctid = any (array(
		select k.place from bare, unnest(bare.systems, bare.varden) as n(system, varde)
		cross join lateral (
			select i.ctid as place from identitet i where i.system = n.system and i.varde = n.varde offset 0
		) k))
	returning 1
), words as (
	delete from identitet_ersatter
	where ctid = any (array(
		select k.place from bare, unnest(bare.systems, bare.varden) as n(system, varde)
		cross join lateral (
			select e.ctid as place from identitet_ersatter e
			where e.system = n.system and e.varde = n.varde and not e.annulled offset 0
		) k))
)
select count(*) from gone
