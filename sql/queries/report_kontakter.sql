-- Fasta kontakter that hold now, of some units or of all: how many patients have one, and by kind how many there are and
-- how many persons are one.
-- $1 units; $2 all units
-- Out: kind (null: of any), patients (of a kind: once for each unit that gives one), persons
with holds as not materialized (
	select patient, slag, staff from kontakt
	where $2::boolean and from_at <= (select samordnad.now()) and (to_at is null or to_at > (select samordnad.now()))
	union all
	select k.patient, k.slag, k.staff
	from unnest($1::integer[]) as u(unit)
	join staff s on s.unit = u.unit
	join kontakt k on k.staff = s.staff and k.unit = s.unit
	where not $2::boolean and k.from_at <= (select samordnad.now())
		and (k.to_at is null or k.to_at > (select samordnad.now()))
)
select null::smallint, count(*), 0::bigint from (select from holds group by patient) any_kind
union all
select slag, sum(times)::bigint, count(*)
from (select slag, count(*) as times from holds group by slag, staff) person
group by slag
