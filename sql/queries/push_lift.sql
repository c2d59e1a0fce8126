-- An urgent notice has to wait: the earlier ones of its episode come on the urgent schedule, those that wait for longer than its
-- first step are due after that step. The first step, so that many failed attempts of before do not mean hours.
-- $1 endpoints, $2 tokens, $3 seqs and $4 episodes of the urgent ones, $5 the first step in ms, $6 holder
update samordnad.undelivered u
set urgent_after = greatest(u.attempts - 1, 0),
	next_at = least(u.next_at, case when u.next_at is not null then pg_catalog.now() + r.step_ms * interval '1 ms' end)
from (
	select endpoint, token, episode, max(seq) as seq, min(step_ms) as step_ms
	from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) as r (endpoint, token, seq, episode, step_ms)
	group by endpoint, token, episode
) r
join samordnad.endpoint_cursor c
	on c.endpoint = r.endpoint and c.lease_token = r.token and c.lease_holder = $6::bigint
-- As in push_promote: the offset keeps it a look-up.
cross join lateral (
	select w.seq
	from samordnad.undelivered w
	where w.endpoint = r.endpoint and w.episode = r.episode and w.seq < r.seq and w.state = 0 and w.urgent_after is null
	offset 0
) w
where u.endpoint = r.endpoint and u.seq = w.seq
