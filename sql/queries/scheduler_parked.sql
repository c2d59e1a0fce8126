-- Episodes that wait for their inskrivningsmeddelande; the oldest 1,000 are looked at.
-- $1 milliseconds after which operations want to know
-- Out: how many, how many of them longer than that, since when the oldest waits
select count(*)::integer, (count(*) filter (where opened_at < samordnad.now() - $1::bigint * interval '1 millisecond'))::integer,
	min(opened_at)
from (select opened_at from episode where phase = 0 and org <> 0 order by opened_at limit 1000) p
