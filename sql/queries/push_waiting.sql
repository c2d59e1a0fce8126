-- The alarm of notices that do not arrive: which active endpoints' oldest one has waited for too long since now, and which
-- wait no more; each is told to one daemon, once. What failed waits in real time; what is in the log still, by the legal clock,
-- which is the same but in tests. Rows that another daemon writes are left for the next time, so that nobody waits for anybody.
-- $1 ms after which it is too long
with oldest as (
	select c.endpoint, least(w.first_at, n.at + (clock_timestamp() - samordnad.now())) as since
	from samordnad.endpoint_cursor c
	join samordnad.endpoint e on e.endpoint = c.endpoint and e.status = 'active'
	left join lateral (
		select w.first_at
		from samordnad.undelivered w
		where w.endpoint = c.endpoint and w.state = 0 and w.first_at is not null -- the index is for this alone
		order by w.first_at
		limit 1
	) w on true
	left join lateral (
		select n.at from samordnad.notice n where n.unit = c.unit and n.seq >= c.next_seq order by n.seq limit 1
	) n on true
), late as (
	select o.endpoint, case when o.since < clock_timestamp() - $1::bigint * interval '1 ms' then o.since end as since
	from oldest o
), changed as (
	select c.endpoint, l.since
	from late l
	join samordnad.endpoint_cursor c on c.endpoint = l.endpoint
	where (c.waiting_since is null) <> (l.since is null)
	for update of c skip locked
)
update samordnad.endpoint_cursor c
set waiting_since = changed.since
from changed, samordnad.unit u
where c.endpoint = changed.endpoint and u.unit = c.unit
returning c.endpoint, u.hsa_id, c.waiting_since
