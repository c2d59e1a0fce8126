-- Episodes that a batch changed. Arrays of one length.
update episode e
set patient = n.patient, phase = n.phase, next_due = n.next_due, last_nr = n.last_nr, state = n.state,
	measures_digest = n.measures_digest
from unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::timestamptz[], $5::integer[], $6::bytea[],
	$7::integer[]) as n(episode, patient, phase, next_due, last_nr, state, measures_digest)
where e.episode = n.episode
