-- Episodes that wait for their inskrivningsmeddelande longer than operations want; at most 1,000 are looked at.
-- $1 milliseconds
-- Out: how many, since when the oldest waits
select count(*)::integer, min(opened_at)
from (select opened_at from episode where phase = 0 and org <> 0
	and opened_at < samordnad.now() - $1::bigint * interval '1 millisecond' order by opened_at limit 1000) p
