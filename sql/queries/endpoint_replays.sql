-- The latest replays of an endpoint, the newest first. No row: there is no such endpoint; nulls: it has none.
-- $1 endpoint, $2 at most how many
select r.at, c.name, r.person, r.what, r.seq, r.since, r.count
from samordnad.endpoint e
left join lateral (
	select * from samordnad.replay r where r.endpoint = e.endpoint order by r.replay desc limit $2::bigint
) r on true
left join samordnad.client c on c.client = r.client
where e.endpoint = $1::bigint
order by r.replay desc
