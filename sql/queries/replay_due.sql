-- Of what waits at an endpoint without a time, the first of each episode is due at once; the later ones wait behind it. The
-- firsts are looked for once: a condition on each row is one read a row where a plan was made while little was undelivered.
-- $1 endpoint
update samordnad.undelivered u
set next_at = pg_catalog.now()
where u.endpoint = $1::bigint and u.seq = any (array(
	select w.seq
	from (
		select distinct on (w.episode, case w.episode when 0 then w.seq end) w.seq, w.next_at
		from samordnad.undelivered w
		where w.endpoint = $1::bigint and w.state = 0
		order by w.episode, case w.episode when 0 then w.seq end, w.seq
	) w
	where w.next_at is null))
	and u.state = 0 and u.next_at is null
