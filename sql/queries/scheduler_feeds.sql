-- How long the feed of each unit that has an active endpoint has been silent: since its newest notice or, of an empty one,
-- since its first such endpoint was made.
-- Out: now, unit, since when, the newest notice's seq or 0
select samordnad.now(), e.unit, coalesce(h.at, e.created_at), coalesce(h.seq, 0)
from (select unit, min(created_at) as created_at from endpoint where status = 'active' group by unit) e
left join lateral (select n.at, n.seq from notice n where n.unit = e.unit order by n.seq desc limit 1) h on true
