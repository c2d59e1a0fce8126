-- Removes episodes with all that hangs on them, those that are as they were when they were chosen, and records how many. Behind
-- gallring_begin. What they said of identities and is not annulled stays with those (gallring_remove_identiteter).
-- $1 episodes, and of each $2 xmin, $3 kind, $4 organisation, $5 before when; $6 who ordered it; $7 file, $8 its bytes, $9 its
-- SHA-256
-- Out: kind, organisation, before, episodes, facts
with gone as materialized (
	select e.episode, e.patient, e.last_nr, g.kind, g.org, g.before
	from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::timestamptz[]) as g(episode, version, kind, org, before)
	cross join lateral (
		select * from (select i.*, i.xmin::text::bigint as version from episode i where i.episode = g.episode offset 0) i
		where i.version = g.version
	) e
	-- As when it was chosen: nobody has read it since, and of a patient's own file no stay has begun.
	where not exists (select from access_entry a where a.episode = e.episode offset 0)
		and not (g.kind = 'patientakt' and exists (
			select from episode s where s.org <> 0 and s.patient = e.patient offset 0))
), ids as materialized (
	select array_agg(episode) as ids from gone
), patients as materialized (
	select array_agg(distinct p.patient) as ids
	from (
		select f.patient from fact f where f.episode = any ((select ids from ids)::bigint[]) and f.patient is not null
		union
		select patient from gone where patient is not null
	) p
), d1 as (delete from episode where episode = any ((select ids from ids)::bigint[])),
d2 as (delete from fact where episode = any ((select ids from ids)::bigint[])),
d3 as (delete from participant where episode = any ((select ids from ids)::bigint[])),
d4 as (delete from task where episode = any ((select ids from ids)::bigint[])),
d5 as (delete from breach where episode = any ((select ids from ids)::bigint[])),
d6 as (delete from booking where episode = any ((select ids from ids)::bigint[])),
d7 as (delete from follow_up where episode = any ((select ids from ids)::bigint[])),
d8 as (delete from betalningsansvar where episode = any ((select ids from ids)::bigint[])),
d9 as (delete from identitet_ersatter where episode = any ((select ids from ids)::bigint[]) and annulled),
d10 as (
	delete from kontakt
	where patient = any ((select ids from patients)::bigint[]) and episode = any ((select ids from ids)::bigint[])
), patient_noted as (
	update instance
	set gallring_patient = greatest(gallring_patient, (select max(p.id) from patients, unnest(patients.ids) as p(id)))
	where (select ids from patients) is not null
), counted as (
	select kind, org, before, count(*) as episodes, sum(last_nr)::bigint as facts from gone group by kind, org, before
), recorded as (
	insert into gallring (kind, org, before, ordered_by, file, bytes, sha256, episodes, facts, notices)
	select kind, org, before, $6::text, $7::text, $8::bigint, $9::text, episodes, facts, 0
	from counted
	on conflict (file, kind, org, before) do update
	set bytes = excluded.bytes, sha256 = excluded.sha256, episodes = gallring.episodes + excluded.episodes,
		facts = gallring.facts + excluded.facts
)
select kind, org, before, episodes, facts from counted
