-- Tasks that a batch changed; kind, unit and ref of a task never change. Arrays of one length.
update task t
set staff = n.staff, status = n.status, step = n.step, due_at = n.due_at, closed_at = n.closed_at
from unnest($1::bigint[], $2::smallint[], $3::integer[], $4::smallint[], $5::smallint[], $6::timestamptz[],
	$7::timestamptz[]) as n(episode, nr, staff, status, step, due_at, closed_at)
where t.episode = n.episode and t.nr = n.nr
