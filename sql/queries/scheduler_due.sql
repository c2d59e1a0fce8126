-- The legal clock, and the episodes whose instants come first.
-- $1 at most how many
-- Out: now, episode, next_due; one row with nulls if nothing is owed
select n.now, d.episode, d.next_due
from (select samordnad.now()) n(now)
left join (select episode, next_due from episode where next_due is not null order by next_due limit $1::bigint) d on true
order by d.next_due
