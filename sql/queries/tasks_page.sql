-- One page of a unit's tasks by deadline; index task_unit gives them in this order.
-- $1 unit, $2 status, $3 due at the latest, $4 $5 $6 after which (due_at, episode, nr), $7 at most how many
-- Out: the task's; state of its episode, which tells who may know the time (G6), and the legal clock
select t.episode, e.uuid, t.nr, t.kind, t.unit, t.ref, t.staff, t.status, t.step, t.created_at, t.due_at, t.closed_at,
	e.state, samordnad.now()
from samordnad.task t
join samordnad.episode e on e.episode = t.episode
where t.unit = $1::integer and t.status = $2::smallint and t.due_at <= $3::timestamptz
	and (t.due_at, t.episode, t.nr) > ($4::timestamptz, $5::bigint, $6::smallint)
order by t.due_at, t.episode, t.nr
limit $7::bigint
