-- A patient's fasta kontakter that have not ended (B11), by kind and unit.
-- $1 patient; $2 $3 after which (slag, unit); $4 at most how many
-- Out: slag, unit, staff, from_at, to_at, uuid of the episode in which it was decided
select k.slag, k.unit, k.staff, k.from_at, k.to_at, e.uuid
from samordnad.kontakt k
left join samordnad.episode e on e.episode = k.episode
where k.patient = $1::bigint and (k.slag, k.unit) > ($2::smallint, $3::integer)
	and (k.to_at is null or k.to_at > samordnad.now())
order by k.slag, k.unit
limit $4::bigint
