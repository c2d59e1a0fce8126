-- The others of patients of whom a message tells on those: three stays, those that are not over before those that are, the
-- latest first (G1, G2, G7), and the patients' own files. Of patients of whose identities something is said, the latest 64
-- stays (G4).
-- $1 patients; $2 episodes of which something is annulled, or that are named at last: of whomever a message there ever named, and
-- to whom that leads now;
-- $3 patients of whom a stay becomes, or was, another's; $4 system and $5 varde of identities of which something is said, with
-- those of the episodes of $2: of all on whose patient that bears
-- $6 persons who leave or are away: of whom they are fast vårdkontakt, and who is in no stay (B13), as door_load_kontakt_stays
-- Out: as door_load_episodes; whether it is for $2 to $5: then its facts are wanted; and of which patient it is an other
select e.episode, e.uuid, e.org, e.encounter, e.patient, e.phase, e.opened_at, e.next_due, e.last_nr, e.state,
	e.measures_digest, i.facts, i.patient
from (
	select n.patient, bool_or(n.facts) as facts, max(n.stays) as stays
	from (
		select unnest($1::bigint[]) as patient, false as facts, 3 as stays
		union all
		select f.patient, true, 3 from fact f where f.episode = any ($2::bigint[]) and f.patient is not null
		union all
		select i.patient, true, 3
		from fact f
		cross join lateral (select k.patient from identitet k where k.own = f.patient and k.own <> k.patient offset 0) i
		where f.episode = any ($2::bigint[])
		union all
		select unnest($3::bigint[]), true, 3
		union all
		select i.patient, true, 64
		from samordnad.identiteter_om($4::text[], $5::text[], $2::bigint[]) o
		cross join lateral (
			select k.patient from identitet k where k.system = o.system and k.varde = o.varde offset 0
		) i
		union all
		select k.patient, false, 3
		from kontakt k
		where k.slag = 1 and k.staff = any ($6::integer[]) and (k.to_at is null or k.to_at > samordnad.now())
			and not exists (select from episode o where o.patient = k.patient and o.org <> 0 and o.phase between 1 and 4)
	) n
	group by n.patient
) i
cross join lateral (
	(select * from episode s where s.patient = i.patient and s.org <> 0
	order by s.phase in (5, 6), s.episode desc limit i.stays)
	union all
	(select * from episode f where f.org = 0 and f.encounter = 'patient/' || i.patient)
) e
