-- Whether a reader has to do with a patient: takes part in one of the patient's episodes, or has a fast kontakt; and
-- the legal clock.
-- $1 patient; $2 to $5 as in search_units: who may see what; $6 units whose fasta kontakter count
select samordnad.now(),
	exists (
		select from samordnad.episode e
		where e.patient = $1::bigint
			and (e.org <> 0 and e.org = $2::bigint and (cardinality($3::integer[]) = 0 or e.phase in (0, 6) and exists (
					select from samordnad.fact f
					where f.episode = e.episode and f.source = any ($3::integer[]) offset 0) or exists (
					select from samordnad.participant p
					where p.episode = e.episode and p.unit = any ($3::integer[]) and p.role = 0 offset 0))
				or $5::boolean and exists (
					select from samordnad.participant p
					where p.episode = e.episode and p.unit = any ($4::integer[]) and p.active and p.role = 1
					offset 0))
		offset 0)
	or exists (
		select from samordnad.kontakt k
		where k.patient = $1::bigint and k.unit = any ($6::integer[]) offset 0)
