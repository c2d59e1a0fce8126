-- What units are told. Arrays of one length.
insert into notice (unit, seq, at, type, episode, fact_nr, task_nr, task_kind, due_at, detail)
select n.unit, n.seq, $1::timestamptz, n.type, n.episode, n.fact_nr, n.task_nr, n.task_kind, n.due_at, n.detail
from unnest($2::integer[], $3::bigint[], $4::smallint[], $5::bigint[], $6::integer[], $7::smallint[],
	$8::smallint[], $9::timestamptz[], $10::text[])
	as n(unit, seq, type, episode, fact_nr, task_nr, task_kind, due_at, detail)
