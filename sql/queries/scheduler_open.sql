-- Open episodes in the order of their instants, behind a place in that order: each of them has an instant. Before them, if
-- that is asked for (queries/rederive), those that are lacking (migrations/0017), in the order of their numbers; some of these
-- are open, and come again.
-- $1 and $2 the place ($1 null: from the first, or from number $2), $3 at most how many
-- Out: episode, next_due (null: it lacks something)
(
	select l.episode, null::timestamptz as next_due
	from lacking l
	where $1::timestamptz is null and exists (select from instance where rederive_version is not null)
		and l.episode > $2::bigint
	order by l.episode
	limit $3::bigint
)
union all
(
	select episode, next_due
	from episode
	where next_due is not null and (next_due, episode) > (coalesce($1::timestamptz, '-infinity'), $2::bigint)
	order by next_due, episode
	limit $3::bigint
)
order by next_due nulls first, episode
limit $3::bigint
