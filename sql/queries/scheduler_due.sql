-- The episodes whose instant has come, and the first that comes after them.
-- $1 at most how many
-- Out: now, episode (null: none is due), next_due
select samordnad.now(), d.episode, d.next_due
from (select episode, next_due from episode where next_due is not null order by next_due limit $1::bigint) d
