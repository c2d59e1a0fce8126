-- Open episodes in the order of their instants, behind a place in that order: each of them has an instant.
-- $1 and $2 the place (null: from the first), $3 at most how many
-- Out: episode, next_due
select episode, next_due
from episode
where next_due is not null and (next_due, episode) > (coalesce($1::timestamptz, '-infinity'), $2::bigint)
order by next_due, episode
limit $3::bigint
